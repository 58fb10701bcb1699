from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    name = "mapfeedback.consultations"
    label = "consultations"
