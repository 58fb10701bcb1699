from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mapfeedback.accounts"
    label = "accounts"
