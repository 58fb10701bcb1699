from django.apps import AppConfig


class PinsConfig(AppConfig):
    name = "mapfeedback.pins"
    label = "pins"
