"""Writes to the published bank: syncing the content folder, publishing, retiring."""

from quiz.items.services.publishing import publish, restore, retire
from quiz.items.services.sync import SyncReport, sync_bank

__all__ = ["SyncReport", "publish", "restore", "retire", "sync_bank"]
