from django.apps import AppConfig


class BordersConfig(AppConfig):
    name = "mapfeedback.borders"

    def ready(self) -> None:
        from mapfeedback.borders import tasks  # noqa: F401, PLC0415 - the worker must know them; models come first
