"""The one way a file is refused."""


class Refused(ValueError):
    """A file was not taken. The message (translated) names the place in the file and says what to do."""

    def __init__(self, message: object) -> None:
        super().__init__(message)
        self.message = message
