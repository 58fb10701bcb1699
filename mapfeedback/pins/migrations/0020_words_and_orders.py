"""Words of a pin, kept for searching: as written, as stems of its language, without accents, and read backwards.

The function says itself what it does and never changes; another way of keeping words is another function and
column. What it does to letters is done to questions by mapfeedback/pins/words/folding.py (a test compares the two).
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models
from django.db.models import F, Func, Q

# Soft hyphens and zero-width characters go, NFKC composes, look-alikes become Latin (unless the text's own language
# is written in them); then PostgreSQL's parser finds the words. Nearly every text holds ASCII, å, ä and ö alone, which
# need none of that: a translate() with sixty letters costs more than everything else together.
#
# Lexemes: 'pyörätiellä':3B as written with its place (A title, B text and place), 'pyörätie' its stem, 'pyoratiella'
# without accents, '~eitaroyp' the stem without accents read backwards, so that the end of a long word is a beginning.
FUNCTION = r"""
CREATE FUNCTION pins_words(language text, title text, written text, place text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $body$
DECLARE
    -- U+0001 stands between the three: no text holds it, and no word goes over it.
    plain text := lower(translate(concat(title, E'\x01', written, E'\x01', place),
        '-/.:_@&<>~+=?#%''', '                ') COLLATE "und-x-icu");
    rest text := replace(replace(replace(plain, 'ä', ''), 'ö', ''), 'å', '');
    usual boolean := octet_length(rest) = char_length(rest);
    title_end integer;
    as_written tsvector;
    stems tsvector;
    lexemes text;
BEGIN
    IF NOT usual THEN
        plain := lower(translate(normalize(translate(plain,
            E'\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff', ''), NFKC),
            E'-/.:_@&<>~+=?#%''\u2019\u2018\u201c\u201d\u201e\u00bb\u00ab\u2013\u2014\u2026\u2022\u00b7'
            '\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328',
            '                            ') COLLATE "und-x-icu");
        IF language !~ '^(ru|uk|be|bg|sr|mk|kk|el)\M' THEN
            plain := translate(plain, 'аекморстухівнјѕӏαβεζηικμνορτυχ', 'aekmopctyxibhjslabezhikmnoptyx');
        END IF;
    END IF;
    title_end := strpos(plain, E'\x01');
    as_written := setweight(to_tsvector('pg_catalog.simple', substr(plain, title_end)), 'B');
    IF title_end > 1 THEN
        as_written := setweight(to_tsvector('pg_catalog.simple', left(plain, title_end)), 'A') || as_written;
    END IF;
    stems := CASE split_part(language, '-', 1)
        WHEN 'fi' THEN strip(to_tsvector('pg_catalog.finnish', plain))
        WHEN 'sv' THEN strip(to_tsvector('pg_catalog.swedish', plain))
        WHEN 'en' THEN strip(to_tsvector('pg_catalog.english', plain))
        ELSE strip(as_written) END;
    lexemes := array_to_string(tsvector_to_array(as_written), ' ')
        || ' ~' || array_to_string(tsvector_to_array(stems), ' ~');
    lexemes := CASE WHEN usual THEN replace(replace(replace(lexemes, 'ä', 'a'), 'ö', 'o'), 'å', 'a')
        ELSE translate(lexemes,
            'àáâãäåāăąçćčďđðèéêëēėęěìíîïīįıłñńňòóôõöøōőŕřśšșťțùúûüūůűųýÿźżž',
            'aaaaaaaaacccdddeeeeeeeeiiiiiiilnnnoooooooorrsssttuuuuuuuuyyzzz') END;
    RETURN as_written || stems || array_to_tsvector(ARRAY(
        SELECT CASE WHEN left(word, 1) = '~' THEN '~' || reverse(substr(word, 2)) ELSE word END
        FROM unnest(string_to_array(lexemes, ' ')) AS word
        WHERE word <> '' AND (left(word, 1) <> '~' OR length(word) BETWEEN 8 AND 100)));
END $body$
"""

PUBLISHED = Q(visibility="published")


class Migration(migrations.Migration):
    dependencies = [("pins", "0002_thin_memberships")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION pins_words(text, text, text, text)"),
        migrations.RemoveIndex("pin", "pin_words"),
        migrations.AddField(
            "pin",
            "words",
            models.GeneratedField(
                db_persist=True,
                expression=Func(F("language"), F("title"), F("text"), F("place_text"), function="pins_words"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            "pin",
            django.contrib.postgres.indexes.GinIndex(fields=["words"], gin_pending_list_limit=256, name="pin_words"),
        ),
        migrations.RemoveIndex("pin", "pin_newest"),
        migrations.RemoveIndex("pin", "pin_category_newest"),
        migrations.RemoveIndex("pin", "pin_municipality_newest"),
        migrations.RemoveIndex("pin", "pin_unanswered"),
        migrations.AddIndex("pin", models.Index(fields=["-placed_at", "-id"], condition=PUBLISHED, name="pin_newest")),
        migrations.AddIndex(
            "pin",
            models.Index(fields=["category", "-placed_at", "-id"], condition=PUBLISHED, name="pin_category_newest"),
        ),
        migrations.AddIndex(
            "pin", models.Index(fields=["status", "-placed_at", "-id"], condition=PUBLISHED, name="pin_status_newest")
        ),
        migrations.AddIndex(
            "pin",
            models.Index(
                fields=["municipality", "-placed_at", "-id"], condition=PUBLISHED, name="pin_municipality_newest"
            ),
        ),
        migrations.AddIndex(
            "pin",
            models.Index(
                fields=["-placed_at", "-id"], condition=PUBLISHED & Q(answered_at=None), name="pin_unanswered"
            ),
        ),
        migrations.AddIndex(
            "pin",
            models.Index(
                models.ExpressionWrapper(Q(answered_at__isnull=False), output_field=models.BooleanField()),
                "placed_at",
                "id",
                condition=PUBLISHED,
                name="pin_waiting",
            ),
        ),
        migrations.AddIndex(
            "pin",
            models.Index(fields=["municipality", "placed_at"], condition=Q(visibility="held"), name="pin_held"),
        ),
    ]
