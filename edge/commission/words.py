"""What the page says, Japanese and English side by side."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("ja", "en")

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("街頭カメラ", "Street camera"),
    "other-language": ("English", "日本語"),
    "demo": ("実演", "DEMO"),
    "no-picture": ("この画面に映像は出ません。", "This page shows no picture."),
    "camera": ("カメラ", "Camera"),
    "line": ("回線", "Line"),
    "line-up": ("つながっています", "up"),
    "line-down": ("つながっていません", "down"),
    "receipt": ("市の最後の受領", "Last receipt by the city"),
    "receipt-none": ("まだありません", "none yet"),
    "recorder-recording": ("録画しています", "It records"),
    "recorder-starting": ("準備しています", "It is starting"),
    "recorder-blanked": ("画面全体を隠して録画しています", "It records with the whole picture covered"),
    "recorder-fault": ("故障しています", "It has a fault"),
    "recorder-stopped": ("録画していません", "It does not record"),
    "recorder-unknown": ("状態が分かりません", "Its state is not known"),
    "host-note": (
        "ボタンを押してこの画面が開きました。15分で自動的に閉じます。",
        "This page opened because the button was held. It closes by itself after 15 minutes.",
    ),
    "installer": ("作業員の方", "For the installer"),
    "code": ("作業指示書のコード", "Code on the work order"),
    "code-hint": ("8文字。ハイフンは省けます。", "8 characters; the hyphen may be left out."),
    "open": ("作業を始める", "Begin"),
    "tries": ("あと {count} 回入力できます。", "{count} tries left."),
    "locked": (
        "コードの誤りが続いたため、あと {time} 入力できません。",
        "Too many wrong codes; wait {time}.",
    ),
    "no-ticket": (
        "有効な訪問票がこのカメラにありません。",
        "No valid visit ticket is on this camera.",
    ),
    "bring-ticket": ("訪問票を読み込む", "Bring a ticket"),
    "ticket-file": ("ファイルを選ぶ", "Choose the file"),
    "ticket-text": ("またはQRコードの文字を貼り付ける", "or paste the QR code's text"),
    "take": ("読み込む", "Take it"),
    "visit": ("作業中", "Visit"),
    "occupied": ("作業員がこのカメラで作業しています。", "An installer is working on this camera."),
    "scope-first": ("初回設置", "First installation"),
    "scope-re-aim": ("向きの調整", "Aim again"),
    "scope-collect": ("記録の回収", "Collect records"),
    "collect-laptop": (
        "記録は市のパソコンが受け取ります。作業を終え、ボタンを5秒押し、パソコンでコードを入れてください。",
        "The city's laptop takes the records. End this visit, hold the button for 5 s, and enter the code there.",
    ),
    "scope-inspect": ("点検", "Inspection"),
    "scope-decommission": ("撤去", "Decommissioning"),
    "decommission": ("これから行うこと", "What will happen"),
    "decommission-nothing-yet": (
        "この画面を開いただけでは何も消えず、録画も止まりません。",
        "Opening this page erases nothing and stops nothing.",
    ),
    "decommission-erased": (
        "次の画面で消去を押すと、このカメラの鍵と記録が消え、元に戻せません。",
        "Once you press “destroy” on the next page, this camera's keys and records are gone for good.",
    ),
    "decommission-unsent": (
        "市がまだ受け取っていない記録も失われます。残すものは、先に送信し終えるか回収してください。",
        "What the city has not received is lost with them. Let it be sent, or collected, first.",
    ),
    "decommission-call": (
        "証明書が出るまで電源を切らず、カメラを外さないでください。大きなカードでは数時間かかります。",
        "Leave the power on and the camera up until the certificate is shown. A large card takes hours.",
    ),
    "decommission-go": ("消去の確認へ進む", "Go on to confirm"),
    "destroy": ("消去の確認", "Confirm the destruction"),
    "destroy-what": ("次のものがすべて消えます。元に戻せません。", "All of this is destroyed, for good:"),
    "destroy-keys": ("このカメラの署名鍵と通信の鍵", "this camera's signing key and its keys of the line"),
    "destroy-footage": (
        "カードにある記録すべて(空き領域も上書き)",
        "every record on the card; free space is overwritten",
    ),
    "destroy-access": (
        "管理回線、Wi-Fi、SSHの鍵とパスワード。市もここには入れなくなります",
        "keys of management link, Wi-Fi and SSH, and passwords: the city cannot get in any more",
    ),
    "destroy-papers": ("作業の下書きと設置先の連絡先", "drafts of visits, and the host's contact"),
    "destroy-unreceipted": (
        "市が受け取っていない記録も消してよい",
        "Records that the city has not received may go, too",
    ),
    "destroy-now": ("鍵と記録をすべて消去する", "Destroy all keys and records"),
    "destroy-back": ("消去せずに戻る", "Back, destroy nothing"),
    "destroy-asked": ("確かめています", "It is being checked"),
    "destroy-asked-note": (
        "録画を終え、残りの記録を送っています。数分かかります。",
        "Recording ends, and what is left is sent. That takes minutes.",
    ),
    "destroy-running": ("消去しています", "It is being destroyed"),
    "destroy-running-note": (
        "電源を切らないでください。この画面は自動的に変わります。",
        "Leave the power on. This page changes by itself.",
    ),
    "destroy-refused": ("消去していません", "Nothing was destroyed"),
    "destroy-held-up": (
        "市が受け取っていない記録が {count} 件あります。送信か回収の後でもう一度押すか、下の欄に印を付けてください。",
        "{count} records were not received by the city. Send or collect them first, or tick the box below.",
    ),
    "destroy-not-permitted": (
        "カメラが依頼を認めませんでした。市の担当者に電話してください。",
        "The camera did not accept the request. Call the city.",
    ),
    "destroy-done": ("消去が終わりました", "It is done"),
    "destroy-done-note": (
        "証明書を保存して市に渡し、「作業を終える」を押してからカメラを外してください。",
        "Save the certificate for the city, end the visit, then take the camera down.",
    ),
    "certificate": ("消去証明書", "Certificate of destruction"),
    "certificate-save": ("証明書を保存する", "Save the certificate"),
    "certificate-ended": ("終了", "Ended"),
    "certificate-last": ("最後の記録", "Last record"),
    "certificate-none": ("記録なし", "none"),
    "certificate-hash": ("最後の記録の照合値 (SHA-256)", "Hash of the last record (SHA-256)"),
    "certificate-unreceipted": ("市が受け取っていなかった記録", "Records the city had not received"),
    "certificate-files": ("上書きしたファイル", "Files overwritten"),
    "certificate-free-space": ("空き領域の上書き", "Free space overwritten"),
    "yes": ("済み", "yes"),
    "no": ("対象外", "no"),
    "ticket": ("訪問票の番号", "Ticket"),
    "left": ("操作がなければ終了するまで", "Ends without a touch in"),
    "steps": ("手順を始める・続ける", "Go through the steps"),
    "look": ("映像を見る", "Look at the picture"),
    "stay": ("続ける", "Stay"),
    "leave": ("作業を終える", "End the visit"),
    "ended": ("作業は終わりました", "The visit has ended"),
    "ended-note": (
        "もう一度始めるには、ボタンを5秒押してください。",
        "To begin again, hold the button for 5 s.",
    ),
    "lost": ("カメラとの接続が切れました。Wi-Fiを確かめてください。", "The camera is out of reach. Check the Wi-Fi."),
    "needs-script": ("JavaScriptを有効にしてください。", "Please allow JavaScript."),
    "minutes": ("{count}分", "{count} min"),
    "seconds": ("{count}秒", "{count} s"),
    "ago": ("{time}前", "{time} ago"),
    "ahead": ("時計が合っていません", "the clock is off"),
}

FAILURES: Mapping[str, tuple[str, str]] = {
    "wrong-code": ("コードが違います。", "Wrong code."),
    "locked": ("しばらく入力できません。", "Locked for a while."),
    "no-ticket": WORDS["no-ticket"],
    "not-waiting": ("先にボタンを5秒押してください。", "Hold the button for 5 s first."),
    "expired": (
        "訪問票の時間外です。管理者に連絡してください。",
        "The ticket is not valid at this hour; call the manager.",
    ),
    "wrong-node": ("別のカメラの訪問票です。", "That ticket is another camera's."),
    "bad-signature": ("市の署名がない訪問票です。", "That ticket is not signed by the city."),
    "too-long": ("訪問票ではありません。", "That is no ticket."),
    "not-visiting": ("作業は終わっています。", "The visit is over."),
    "changed": (
        "確認の後で内容が変わりました。もう一度確かめてください。",
        "Something changed after you looked; look again.",
    ),
    "already": ("すでに消去を依頼しています。", "It was asked for already."),
    "foreign": ("この画面から操作してください。", "Use the camera's own page."),
    "storage": ("カードに書き込めません。カードを交換してください。", "The card takes nothing; replace it."),
}
UNREADABLE = ("読み取れません。もう一度試してください。", "That cannot be read; try again.")


def say(language: str, key: str, **values: object) -> str:
    """Returns a text of the page."""
    return WORDS[key][LANGUAGES.index(language)].format(**values)


def failure_text(language: str, failure: str) -> str:
    """Returns what a failure means to the person at the page."""
    return FAILURES.get(failure, UNREADABLE)[LANGUAGES.index(language)]


def duration(language: str, seconds: int) -> str:
    """Returns a duration in minutes, below two of them in seconds."""
    unit, count = ("seconds", seconds) if seconds < 120 else ("minutes", seconds // 60)
    return say(language, unit, count=count)
