"""What people read when a backup or a restore is refused."""

import shlex

from server.answers.shape import GIVEN, MACHINE, Entry, system_words
from server.services import backup_refusals as backup
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    backup.NoBackupFolder: (
        500,
        GIVEN,
        lambda e: _(
            "Chưa biết thư mục sao lưu. Hãy nêu thư mục, tốt nhất ở đĩa khác, ví dụ: {command}; hoặc đặt LOA_BACKUP_TO.",
            command=e.command,
        ),
    ),
    backup.BackupFolderUnusable: (
        507,
        MACHINE,
        lambda e: _(
            "Không dùng được {folder} làm thư mục sao lưu ({reason}). Hãy chọn thư mục khác, ví dụ: loa backup make --to {other}",
            folder=e.folder,
            reason=system_words(e.reason),
            other=backup.ANYWHERE,
        ),
    ),
    backup.UnknownBackup: (
        404,
        GIVEN,
        lambda e: (
            _(
                "Không có bản sao lưu {backup} trong {folder}. Các bản mới nhất: {known}.",
                backup=e.backup,
                folder=e.folder,
                known=", ".join(e.known),
            )
            if e.known
            else _(
                "Trong {folder} chưa có bản sao lưu nào. Hãy sao lưu bằng: loa backup make --to {quoted}",
                folder=e.folder,
                quoted=shlex.quote(e.folder),
            )
        ),
    ),
    backup.BackupRunning: (
        409,
        MACHINE,
        lambda e: _("Một lượt sao lưu khác vào {folder} đang chạy. Hãy đợi nó xong rồi làm lại.", folder=e.folder),
    ),
    backup.BackupKeyMissing: (
        500,
        GIVEN,
        lambda e: _("{path} đã được mã hóa. Hãy đặt LOA_BACKUP_KEY là khóa đã dùng khi sao lưu.", path=e.path),
    ),
    backup.BackupKeyWrong: (
        500,
        GIVEN,
        lambda e: _(
            "{path} không mở được: LOA_BACKUP_KEY không phải khóa đã dùng khi sao lưu, hoặc tệp đã bị thay đổi. Hãy kiểm tra khóa, hoặc dùng bản sao lưu khác.",
            path=e.path,
        ),
    ),
    backup.BackupUnsealed: (
        409,
        GIVEN,
        lambda e: _(
            "Bản sao lưu {backup} không mã hóa, nên LOA_BACKUP_KEY không chứng thực được nó. Nếu đúng là bản do Loa này làm khi chưa có khóa, hãy chạy lại với --unsealed.",
            backup=e.backup,
        ),
    ),
    backup.BackupUnreadable: (
        500,
        GIVEN,
        lambda e: _("{path} không phải mô tả của một bản sao lưu đọc được. Hãy dùng bản sao lưu khác.", path=e.path),
    ),
    backup.BackupTooNew: (
        500,
        MACHINE,
        lambda e: _(
            "Bản sao lưu {backup} do một bản Loa mới hơn làm (lược đồ {found}). Hãy cài bản Loa mới hơn rồi khôi phục; không có gì bị thay đổi.",
            backup=e.backup,
            found=e.found,
        ),
    ),
    backup.BackupDamaged: (
        500,
        GIVEN,
        lambda e: _(
            "Bản sao lưu {backup} đã hỏng ({faults}). Không có gì bị thay đổi; hãy dùng bản sao lưu khác.",
            backup=e.backup,
            faults="; ".join(e.faults[:3]) or "…",
        ),
    ),
    backup.BackupSecretOther: (
        409,
        MACHINE,
        lambda e: _(
            "Bản {backup} thuộc về một khóa khác LOA_SECRET đang đặt. Hãy lấy khóa đó bằng «loa backup secret {backup} --to {folder}», đặt làm LOA_SECRET trên mọi máy rồi khôi phục lại; chưa có gì bị thay đổi.",
            backup=e.backup,
            folder=shlex.quote(e.folder),
        ),
    ),
    backup.LoaIsRunning: (
        409,
        MACHINE,
        lambda e: _(
            "Loa đang chạy trên {place}, hoặc một lượt khôi phục chưa xong. Hãy dừng mọi loa serve, loa run, loa worker và lệnh loa khác rồi làm lại.",
            place=e.place,
        ),
    ),
    backup.RestoreNotMeant: (
        409,
        GIVEN,
        lambda e: _(
            "Chưa khôi phục gì. Nếu đúng là muốn trở lại bản {backup}, hãy chạy lại với --yes.", backup=e.backup
        ),
    ),
}
