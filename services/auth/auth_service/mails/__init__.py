"""Mails: written where something happens, stored with it, sent by the worker."""
