"""Findings in Japanese, for the page: what people at a city hall read first."""

from __future__ import annotations

import re

from edge.fleet.audit.judge import Finding

KINDS = {
    "drift": ("設定の相違", "drift"),
    "silent": ("応答なし", "no answer"),
    "unreadable": ("報告が不正", "unreadable"),
    "version": ("版の相違", "version"),
    "password": ("パスワード", "password"),
    "certificate": ("TLS証明書", "certificate"),
    "host": ("SSHホスト証明書", "host certificate"),
    "keys": ("鍵の一覧", "key list"),
    "port": ("開いたポート", "open port"),
    "listener": ("待ち受け", "listener"),
    "access": ("アクセス権", "access"),
    "pending": ("未確認の変更", "pending"),
    "unit": ("停止した機能", "failed unit"),
}
_DETAILS = (
    (r"no answer", "電源と回線を確認"),
    (r"never rotated", "一度も変更されていない"),
    (r"(\d+) days old", r"変更から\1日"),
    (r"ends in (-?\d+) days(; is its line gone\?)?", r"残り\1日"),
    (r"no key list: it keeps no footage", "鍵の一覧がなく、映像を保存していない"),
    (r"no SSH host certificate", "証明書がない"),
    (r"(.+) open from link", r"管理回線から \1 番に接続できる"),
    (r"(.+) open from outside", r"外部から \1 番に接続できる"),
    (r"sshd waits at every address", "sshd が全アドレスで待ち受けている"),
    (r"root's password is .+", "root のパスワードが有効"),
    (r"(.+) has a shell", r"\1 がログインできる"),
    (r"in the group sudo: (.+)", r"管理者グループ: \1"),
    (r"sshd: (.+)", r"sshd の設定: \1"),
    (r"new passwords, not confirmed", "新しいパスワードが未確認"),
    (r"a change of who gets in, .+", "アクセス設定の変更が未確認（自動で元に戻る）"),
    (r"(.+); most have (.+)", r"\1（大多数は \2）"),
)


def in_japanese(finding: Finding) -> str:
    """Returns a finding's detail; names of tasks and units, and what a machine wrote, stay as they are."""
    for pattern, words in _DETAILS:
        if match := re.fullmatch(pattern, finding.detail):
            return match.expand(words)
    return finding.detail
