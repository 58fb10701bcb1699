from django.apps import AppConfig


class LayersConfig(AppConfig):
    name = "layers"

    def ready(self) -> None:
        from layers import inheriting  # noqa: PLC0415 - models must be loaded first
        from mapfeedback.journal import readers  # noqa: PLC0415

        readers.register("layers.inherit", inheriting.on_pin_event, "pin.placed", "pin.moved", "pin.published")
        readers.register("layers.inherit_imported", inheriting.on_pins_imported, "pins.imported")
