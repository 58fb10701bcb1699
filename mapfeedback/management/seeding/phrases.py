"""What the seeded city's people say: invented sentences by topic and language, put together anew for each message.

A sentence has one `{}` for a place. Nobody wrote these; they only have the length and the words of real ones.
"""

from typing import Final

#: In the order in which the pins' languages are drawn.
LANGUAGES: Final = ("fi", "sv", "en")

PLACES: Final = {
    "fi": (
        *("Koulukadulla", "Rantatiellä", "kirjaston takana", "torin kulmalla", "Asemakadun alikulussa"),
        *("uimarannan pysäköintialueella", "päiväkodin edessä", "Myllytien risteyksessä", "terveysaseman pihassa"),
        *("Puistokadun varrella", "ostoskeskuksen luona", "Satamakadulla", "koirapuiston vieressä", "sillan kupeessa"),
        *("Kirkkotiellä", "urheilukentän laidalla", "bussipysäkin kohdalla", "Metsäpolun alussa", "Harjukadulla"),
        *("kevyen liikenteen väylällä", "leikkipuistossa", "kauppakadun päässä", "Niittytiellä", "rantaraitilla"),
    ),
    "sv": (
        *("vid Skolgatan", "vid Strandvägen", "bakom biblioteket", "i hörnet av torget", "i gångtunneln"),
        *("vid badstranden", "framför daghemmet", "i korsningen av Kvarnvägen", "vid Parkgatan", "vid hundparken"),
        *("på Hamngatan", "vid idrottsplanen", "vid busshållplatsen", "på Kyrkvägen", "i lekparken"),
    ),
    "en": (
        *("on School Street", "on the shore road", "behind the library", "at the corner of the market square"),
        *("in the underpass", "by the beach", "in front of the day care", "at the Mill Road crossing"),
        *("along Park Street", "next to the dog park", "by the sports field", "at the bus stop", "in the playground"),
    ),
}

OPENINGS: Final = {
    "fi": (
        *("", "", "", "", "Hei! ", "Terve, ", "Olen huomannut tämän jo pitkään. ", "Asun lähellä. "),
        *("Kuljen tästä joka päivä. ", "Naapuritkin ovat puhuneet tästä. ", "Viime viikolla huomasin tämän. "),
    ),
    "sv": ("", "", "", "Hej! ", "Jag går här varje dag. ", "Vi bor i närheten. ", "Det här har pågått länge. "),
    "en": ("", "", "", "Hello! ", "I walk past here every day. ", "We live nearby. ", "This has been so for a while. "),
}

CLOSINGS: Final = {
    "fi": (
        *("", "", "", " Voisiko tälle tehdä jotain?", " Kiitos etukäteen!", " Toivottavasti asia etenee."),
        *(" Erityisesti lapset ja vanhukset hyötyisivät.", " Talvella tilanne on vielä pahempi.", " Kiitos työstänne."),
        *(" Asiasta on puhuttu asukasyhdistyksessäkin.", " Milloin tälle voisi tapahtua jotain?"),
        *(" Olisi hyvä, jos asia katsottaisiin paikan päällä.", " Olen valmis kertomaan lisää."),
        *(" Pyörätuolilla tästä ei pääse ollenkaan.", " Pieni korjaus riittäisi."),
    ),
    "sv": (
        "",
        "",
        " Kunde något göras?",
        " Tack på förhand!",
        " Barnen skulle ha nytta av det.",
        " Tack för ert arbete.",
    ),
    "en": (
        "",
        "",
        " Could something be done?",
        " Thank you!",
        " Children would benefit most.",
        " A small fix would do.",
    ),
}

#: By main topic and language: a title, and the sentence.
SENTENCES: Final[dict[str, dict[str, tuple[tuple[str, str], ...]]]] = {
    "streets": {
        "fi": (
            ("Auraamaton jalkakäytävä", "Jalkakäytävä {} on auraamatta vielä keskipäivällä."),
            ("Liukas katu", "Katu {} on peilijäässä, eikä hiekkaa näy missään."),
            ("Kuoppa ajoradassa", "Ajorata {} on täynnä kuoppia, ja vanteet ovat koetuksella."),
            ("Katupöly", "Hiekka {} pölisee niin, että ikkunoita ei voi avata."),
            ("Tukkeutunut kaivo", "Sadevesikaivo {} on tukossa, ja vesi lammikoituu koko kadun leveydelle."),
            ("Lumikasa näkemän edessä", "Lumikasa {} peittää näkyvyyden, ja autot tulevat esiin yllättäen."),
        ),
        "sv": (
            ("Oplogad trottoar", "Trottoaren {} är oplogad ännu mitt på dagen."),
            ("Hål i gatan", "Gatan {} är full av hål."),
            ("Igentäppt brunn", "Regnvattenbrunnen {} är igentäppt och vattnet blir stående."),
        ),
        "en": (
            ("Unploughed pavement", "The pavement {} has not been ploughed."),
            ("Potholes", "The road {} is full of potholes."),
            ("Blocked drain", "The drain {} is blocked and water covers the street."),
        ),
    },
    "traffic": {
        "fi": (
            ("Ylinopeudet", "Autot ajavat {} aivan liian kovaa, vaikka rajoitus on kolmekymmentä."),
            ("Suojatie puuttuu", "Tien yli ei pääse {} turvallisesti, koska suojatietä ei ole."),
            ("Väärin pysäköidyt autot", "Autoja on pysäköity {} niin, ettei rattaiden kanssa mahdu ohi."),
            ("Liikennevalot", "Jalankulkijan vihreä {} on niin lyhyt, ettei hitaampi ehdi yli."),
            ("Kaatunut liikennemerkki", "Liikennemerkki {} on kaatunut, eikä kukaan näe sitä."),
        ),
        "sv": (
            ("För höga hastigheter", "Bilarna kör {} alldeles för fort."),
            ("Övergångsställe saknas", "Det är svårt att gå över vägen {} eftersom övergångsställe saknas."),
            ("Parkering", "Bilar parkeras {} så att man inte kommer fram med barnvagn."),
        ),
        "en": (
            ("Speeding", "Cars drive far too fast {} although the limit is thirty."),
            ("No crossing", "There is no safe way across the road {}."),
            ("Parked cars", "Cars are parked {} so that a pram cannot get past."),
        ),
    },
    "walking-cycling": {
        "fi": (
            ("Pyörätie katkeaa", "Pyörätie loppuu {} yhtäkkiä, ja matka jatkuu autojen seassa."),
            ("Pyörätelineitä lisää", "Pyörätelineitä {} on aivan liian vähän, ja pyörät kaatuilevat."),
            ("Korkea reunakivi", "Reunakivi {} on niin korkea, ettei rollaattorilla pääse yli."),
            ("Pimeä alikulku", "Alikulku {} on kapea ja pimeä, ja siellä on vaikea väistää pyöräilijöitä."),
            ("Penkki levähtämiseen", "Matka {} on pitkä, ja penkki levähtämiseen olisi tarpeen."),
        ),
        "sv": (
            ("Cykelvägen tar slut", "Cykelvägen tar plötsligt slut {}."),
            ("Fler cykelställ", "Det finns för få cykelställ {}."),
            ("Hög kantsten", "Kantstenen {} är för hög för en rollator."),
        ),
        "en": (
            ("The cycle path ends", "The cycle path suddenly ends {}."),
            ("More bicycle racks", "There are too few bicycle racks {}."),
            ("A bench to rest on", "A bench to rest on would be welcome {}."),
        ),
    },
    "public-transport": {
        "fi": (
            ("Katos pysäkille", "Pysäkillä {} ei ole katosta, ja sateella odotetaan pensaan alla."),
            ("Bussi kulkee harvoin", "Bussi kulkee {} vain kerran tunnissa, eikä töihin ehdi ajoissa."),
            ("Aikataulunäyttö", "Aikataulunäyttö {} on ollut pimeänä kuukauden."),
        ),
        "sv": (("Väderskydd", "Hållplatsen {} saknar väderskydd."), ("Tidtabellen", "Bussen går för sällan {}.")),
        "en": (("Shelter", "The stop {} has no shelter."), ("Timetable", "The bus runs too seldom {}.")),
    },
    "parks-nature": {
        "fi": (
            ("Vaarallinen puu", "Suuri koivu {} on laho ja kallistuu polun päälle."),
            ("Puita lisää", "Kadun varteen {} voisi istuttaa puita varjoa antamaan."),
            ("Niitty säästettävä", "Niitty {} on perhosten paikka, ja se pitäisi jättää rakentamatta."),
            ("Koirapuiston aita", "Koirapuiston aita {} on rikki, ja pienet koirat karkaavat."),
            ("Pensaat näkemän edessä", "Pensaat {} ovat kasvaneet niin, ettei risteyksessä näe mitään."),
        ),
        "sv": (
            ("Farligt träd", "En stor björk {} är murken och lutar över stigen."),
            ("Bevara ängen", "Ängen {} borde bevaras för fjärilarnas skull."),
        ),
        "en": (
            ("Dangerous tree", "A large birch {} is rotten and leans over the path."),
            ("Keep the meadow", "The meadow {} should be kept as it is."),
        ),
    },
    "play-sport": {
        "fi": (
            ("Rikkinäinen keinu", "Keinu {} on ollut rikki koko kesän."),
            ("Skeittipaikka nuorille", "Nuoret toivovat skeittipaikkaa, ja {} olisi sille tilaa."),
            ("Latu kuntoon", "Latu {} on ajamatta, vaikka lunta on puoli metriä."),
            ("Ulkokuntosali", "Ulkokuntosali {} palvelisi kaikenikäisiä."),
            ("Kentän valaistus", "Kenttä {} pimenee jo neljältä, ja pelit jäävät kesken."),
        ),
        "sv": (
            ("Trasig gunga", "Gungan {} har varit trasig hela sommaren."),
            ("Skidspår", "Skidspåret {} är inte preparerat."),
        ),
        "en": (
            ("Broken swing", "The swing {} has been broken all summer."),
            ("Skate spot", "Young people hope for a skate spot {}."),
        ),
    },
    "shores": {
        "fi": (
            ("Laituri huonossa kunnossa", "Laiturin laudat {} ovat lahot, ja lapsi melkein putosi veteen."),
            ("Sinilevää", "Vedessä {} on paljon sinilevää, eikä varoitusta näy missään."),
            ("Pukukoppi rannalle", "Rannalle {} tarvittaisiin pukukoppi ja roska-astia."),
            ("Talviuinti", "Avantouimarit toivovat valoa ja kaidetta {}."),
        ),
        "sv": (("Bryggan", "Bryggans plankor {} är murkna."), ("Blågrönalger", "Det finns blågrönalger i vattnet {}.")),
        "en": (
            ("The pier", "The boards of the pier {} are rotten."),
            ("Changing room", "A changing room is missing {}."),
        ),
    },
    "cleanliness": {
        "fi": (
            ("Roskia maassa", "Roskia lojuu {} joka maanantai viikonlopun jäljiltä."),
            ("Roska-astia täynnä", "Roska-astia {} pursuaa yli, ja lokit levittävät kaiken."),
            ("Töhryjä seinässä", "Seinä {} on taas töhritty."),
            ("Ilkivaltaa", "Penkki {} on rikottu ja lasinsirut jätetty maahan."),
        ),
        "sv": (("Skräp", "Det ligger skräp {} varje måndag."), ("Full sopkorg", "Sopkorgen {} är överfull.")),
        "en": (("Litter", "Litter lies {} every Monday."), ("Full bin", "The bin {} is overflowing.")),
    },
    "lighting-safety": {
        "fi": (
            ("Sammunut katuvalo", "Katuvalo {} on ollut pimeänä kolme viikkoa."),
            ("Pelottava kohta", "Iltaisin {} on niin pimeää, että kierrän mieluummin pitkän kautta."),
            ("Vilkkuva lamppu", "Lamppu {} vilkkuu ja häiritsee nukkumista."),
        ),
        "sv": (("Slocknad gatlykta", "Gatlyktan {} har varit släckt i tre veckor."), ("Mörkt", "Det är mörkt {}.")),
        "en": (("Street light out", "The street light {} has been out for weeks."), ("Dark", "It is very dark {}.")),
    },
    "planning": {
        "fi": (
            ("Liian korkea talo", "Suunniteltu talo {} on ympäristöönsä liian korkea."),
            ("Täydennysrakentaminen", "Asuntoja tarvitaan, ja {} niitä voisi hyvin rakentaa."),
            ("Vanha rakennus säilytettävä", "Vanha puutalo {} pitäisi säilyttää ja korjata."),
            ("Viheryhteys", "Viheryhteys {} katkeaa, jos kaava toteutuu tällaisena."),
        ),
        "sv": (("För högt hus", "Det planerade huset {} är för högt."), ("Trähuset", "Trähuset {} borde bevaras.")),
        "en": (("Too tall", "The planned house {} is too tall."), ("Old house", "The old house {} should be kept.")),
    },
    "services": {
        "fi": (
            ("Kirjaston aukiolo", "Kirjasto voisi olla auki myös sunnuntaisin, kun {} ei muuta ole."),
            ("Nuorisotila", "Nuorille ei ole {} mitään paikkaa viettää iltaa."),
            ("Melu", "Melu {} jatkuu yli puolenyön joka viikonloppu."),
            ("Koulun piha", "Koulun piha {} kaipaa varjoa ja pelipaikkoja."),
        ),
        "sv": (("Buller", "Bullret {} fortsätter efter midnatt."), ("Ungdomslokal", "Ungdomarna saknar lokal {}.")),
        "en": (("Noise", "The noise {} goes on past midnight."), ("Youth space", "Young people have no place {}.")),
    },
    "community": {
        "fi": (
            ("Kyläjuhla", "Kyläjuhla {} onnistui hienosti, ja sille toivotaan jatkoa."),
            ("Talkoot", "Talkoot {} keräsivät väkeä, ja paikka on nyt kunnossa."),
            ("Yhteinen kasvimaa", "Yhteinen kasvimaa {} toisi naapurit yhteen."),
        ),
        "sv": (("Byfesten", "Byfesten {} lyckades fint."), ("Talko", "Talkot {} samlade mycket folk.")),
        "en": (("Village fair", "The fair {} was a success."), ("Shared garden", "A shared garden {} would be good.")),
    },
    "other": {
        "fi": (
            ("Kysymys", "Kenelle kuuluu alue, joka on {}?"),
            ("Kiitos", "Kiitos siitä, että {} on nyt niin siistiä."),
            ("Muu asia", "Asia {} ei kuulu mihinkään aiheeseen, mutta haluan kertoa siitä."),
        ),
        "sv": (("Fråga", "Vem äger området {}?"), ("Tack", "Tack för att det är så fint {}.")),
        "en": (("Question", "Who owns the area {}?"), ("Thanks", "Thank you for keeping it so tidy {}.")),
    },
}

#: What the city answers, and what it changed: one of these for every topic.
ANSWERS: Final = (
    ("noted", "Kiitos viestistä. Asia on kirjattu ja otetaan huomioon kunnossapidon ohjelmassa."),
    ("partly", "Paikka on tarkastettu. Osa toiveesta toteutetaan tänä vuonna, loput ensi vuonna."),
    ("no_change", "Toivetta ei voida toteuttaa, koska paikka ei ole kaupungin omistuksessa."),
    ("later", "Ehdotus käsitellään, kun alueen suunnitelma tehdään."),
)
