from django.apps import AppConfig


class MapfeedbackConfig(AppConfig):
    name = "mapfeedback"
