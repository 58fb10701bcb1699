from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "mapfeedback.journal"
    label = "journal"
