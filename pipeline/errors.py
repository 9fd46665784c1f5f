"""Every error: exit code, Vietnamese and English message with the way out, whether trying again can help.

A message never holds personal data: name files, pages, fields and programs, not people or ids. Raise one of these
(``raise Encrypted(name="a.pdf")``); the keyword arguments fill the message. No other exception may reach a user.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from pipeline.dossier import Text


class SohoaError(Exception):
    """Base of all errors. Subclasses set ``exit_code``, ``vi``, ``en`` and, where it helps, ``retryable``."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    vi: ClassVar[str] = "Lỗi trong chương trình ({what}). Hãy gửi dòng này cho người quản trị."
    en: ClassVar[str] = "An error in the program ({what}). Send this line to the administrator."

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.text.en)

    def __reduce__(self) -> tuple[object, ...]:
        # An exception is rebuilt from its arguments when it comes back from a worker process; ours are named.
        return _rebuild, (type(self), {key: str(value) for key, value in self.details.items()})

    @property
    def text(self) -> Text:
        """The message in both languages."""
        return Text(self.vi.format_map(_Known(self.details)), self.en.format_map(_Known(self.details)))

    @property
    def rule(self) -> str:
        """Stable id of the error: its class name."""
        return type(self).__name__


def _rebuild(kind: type[SohoaError], details: dict[str, object]) -> SohoaError:
    return kind(**details)


class _Known(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


class ConfigError(SohoaError):
    """Configuration refused: unknown key, wrong value, missing file."""

    exit_code = 3
    vi = "Cấu hình sai ở {file}, dòng {line}: {what}. {hint}"
    en = "Configuration refused at {file}, line {line}: {what}. {hint}"


class SeveralErrors(SohoaError):
    """Several inputs failed, each in its own way; the others went on."""

    exit_code = 4
    vi = "{count} tệp không xử lý được, mỗi tệp một lý do (xem danh sách trên); các tệp khác đã xong."
    en = "{count} files could not be processed, each for its own reason (see above); the others are done."


class Interrupted(SohoaError):
    """Stopped by the user; what was done is kept."""

    exit_code = 130
    retryable = True
    vi = "Đã dừng theo yêu cầu. Việc đã làm được giữ lại: chạy lại cùng lệnh để tiếp tục."
    en = "Stopped as asked. What was done is kept: run the same command again to go on."


# -- what comes in ----------------------------------------------------------------------------------------------


class InputError(SohoaError):
    """Base of errors about one file from outside; the source stays where it was."""


class NotFound(InputError):
    """No such file or folder, or it may not be read."""

    exit_code = 10
    vi = "Không mở được {name}: {what}. Kiểm tra đường dẫn và quyền đọc."
    en = "Cannot open {name}: {what}. Check the path and the permission to read."


class EmptyFile(InputError):
    """A file of zero bytes."""

    exit_code = 11
    vi = "{name} rỗng (0 byte). Hãy quét hoặc chép lại tệp."
    en = "{name} is empty (0 bytes). Scan or copy it again."


class NotADocument(InputError):
    """The bytes are none of the formats taken."""

    exit_code = 12
    vi = "{name} không phải PDF, TIFF, JPEG, PNG, BMP hay WebP ({what}). Hãy chuyển sang một trong các định dạng đó."
    en = "{name} is not a PDF, TIFF, JPEG, PNG, BMP or WebP ({what}). Convert it to one of these."


class Encrypted(InputError):
    """A PDF that asks for a password or restricts its use by encryption."""

    exit_code = 13
    vi = "{name} bị khóa bằng mật khẩu. Hãy gỡ mật khẩu rồi nộp lại."
    en = "{name} is encrypted. Remove the password and try again."


class Damaged(InputError):
    """Truncated or broken so that not every page can be had."""

    exit_code = 14
    vi = "{name} bị hỏng hoặc bị cắt cụt ({what}). Hãy quét hoặc chép lại từ nguồn."
    en = "{name} is damaged or truncated ({what}). Scan it or copy it from its origin again."


class TooManyPixels(InputError):
    """A picture beyond the limit (decompression bomb or a wrong resolution)."""

    exit_code = 15
    vi = "{name}: ảnh {width}×{height} điểm vượt giới hạn {limit} triệu điểm. Hãy quét lại ở độ phân giải thấp."
    en = "{name}: a picture of {width}×{height} pixels, over the limit of {limit} megapixels. Scan at lower resolution."


class TooManyPages(InputError):
    """More pages than the limit."""

    exit_code = 16
    vi = "{name} có {pages} trang, giới hạn là {limit}. Hãy tách thành nhiều tệp (mỗi giấy tờ một tệp)."
    en = "{name} has {pages} pages, the limit is {limit}. Split it (one file a paper)."


class TooManyBytes(InputError):
    """A bigger file than the limit."""

    exit_code = 17
    vi = "{name} nặng {size} MB, giới hạn là {limit} MB. Hãy tách tệp hoặc quét ở độ phân giải thấp hơn."
    en = "{name} has {size} MB, the limit is {limit} MB. Split it or scan at a lower resolution."


class XfaForm(InputError):
    """A dynamic XFA form: what it shows is made by a script and is not in its pages."""

    exit_code = 18
    vi = "{name} là biểu mẫu XFA động, nội dung không nằm trong trang. Hãy mở bằng Adobe Reader và in ra PDF."
    en = "{name} is a dynamic XFA form whose content is not in its pages. Open it in Adobe Reader and print it to PDF."


class SymbolicLink(InputError):
    """A symbolic link or a special file: never followed."""

    exit_code = 19
    vi = "{name} là liên kết hoặc tệp đặc biệt, không được đi theo. Hãy đưa tệp thật."
    en = "{name} is a link or a special file, which is not followed. Give the real file."


class WrongExtension(InputError):
    """The name says one format, the bytes another."""

    exit_code = 20
    vi = "{name}: đuôi tệp không khớp nội dung (thực ra là {what}). Hãy đổi đuôi thành .{suffix} nếu đúng là tệp này."
    en = "{name}: the extension does not match the content (it is {what}). Rename it to .{suffix} if right."


class BadName(InputError):
    """A file name that is not readable text."""

    exit_code = 21
    vi = "Tên tệp {name} có ký tự không đọc được. Hãy đổi tên tệp."
    en = "The file name {name} holds unreadable characters. Rename the file."


class ForeignFile(InputError):
    """A file in a given folder that is no scan; it is left alone."""

    exit_code = 22
    vi = "{name} không phải tệp quét, được bỏ qua và để nguyên chỗ cũ."
    en = "{name} is no scan; it was passed over and left where it is."


class TooSlow(InputError):
    """A file or page that took longer than allowed."""

    exit_code = 23
    retryable = True
    vi = "{name}: xử lý quá {limit} giây nên đã dừng. Hãy quét lại; nếu vẫn thế, báo người quản trị."
    en = "{name}: stopped after {limit} seconds. Scan it again; if it stays so tell the administrator."


class TooMuchMemory(InputError):
    """A file or page that needed more memory than allowed."""

    exit_code = 24
    vi = "{name}: cần hơn {limit} MB bộ nhớ nên đã dừng. Hãy quét lại ở độ phân giải thấp hơn."
    en = "{name}: stopped because it needed more than {limit} MB of memory. Scan it at a lower resolution."


class Refused(InputError):
    """The law says not to digitise this paper (Circular 01/2023/TT-VPCP art. 4), and no override is recorded."""

    exit_code = 25
    vi = '{name}: không số hóa ({what}). Nếu vẫn phải lưu, dùng --override "lý do" để ghi lại lý do.'
    en = '{name}: not to be digitised ({what}). If it must be stored, record why with --override "reason".'


class BadValue(InputError):
    """A value typed for a field is not of its form or too long."""

    exit_code = 26
    vi = "Giá trị cho trường {field} không hợp lệ ({what}). Hãy nhập lại."
    en = "The value for field {field} is not valid ({what}). Type it again."


class CutRefused(InputError):
    """A stack cannot be cut into documents as asked, or holds nothing but separator sheets."""

    exit_code = 27
    vi = "{name}: không tách được thành giấy tờ ({what}). Xem cách tách hiện tại bằng `sohoa cut ID`."
    en = "{name}: cannot be cut into documents ({what}). See how it is cut now with `sohoa cut ID`."


class PlanRefused(InputError):
    """A folder, spreadsheet or column map that no backfill can be planned from."""

    exit_code = 28
    vi = "Không lập được kế hoạch từ {name}: {what}."
    en = "No plan can be made from {name}: {what}."


class SheetRefused(InputError):
    """A spreadsheet of quality control that cannot be taken in; nothing of it was."""

    exit_code = 59
    vi = "Chưa nhận kết quả kiểm nào từ {name}: {what}."
    en = "Nothing was taken from {name}: {what}."


class PagesMissing(InputError):
    """Another number of pages came from the scanner than the clerk counted."""

    exit_code = 29
    vi = "Quét được {found} trang, cần {wanted}. Kiểm tra giấy kẹt hoặc dính đôi rồi quét lại; chưa có gì được lưu."
    en = "{found} pages were scanned, {wanted} expected. Look for jams, double feeds, and scan again; nothing was kept."


class NoDossier(InputError):
    """A file in a watched folder that nothing puts into a dossier."""

    exit_code = 65
    vi = "{name}: không rõ thuộc hồ sơ nào. Đặt vào thư mục con mang mã hồ sơ, hoặc quét kèm tờ bìa có mã QR của hồ sơ."
    en = "{name}: nothing says which dossier. Use a folder named by the code, or a cover sheet with its QR code."


# -- this machine -----------------------------------------------------------------------------------------------


class DiskFull(SohoaError):
    """No room left; nothing half-written is kept."""

    exit_code = 30
    retryable = True
    vi = "Hết chỗ trên đĩa ({where}). Hãy giải phóng dung lượng rồi chạy lại cùng lệnh; không có gì bị mất."
    en = "The disk is full ({where}). Make room and run the same command again; nothing is lost."


class ProgramMissing(SohoaError):
    """An outside program is not installed or too old."""

    exit_code = 40
    vi = "Thiếu chương trình {program}. Cài bằng: {fix}"
    en = "The program {program} is missing. Install it with: {fix}"


class ProgramFailed(SohoaError):
    """An outside program ended with an error."""

    exit_code = 41
    retryable = True
    vi = "Chương trình {program} báo lỗi: {what}. Chạy `sohoa doctor` để kiểm tra."
    en = "The program {program} failed: {what}. Run `sohoa doctor` to check."


class LanguageMissing(SohoaError):
    """Tesseract has no data for the configured language."""

    exit_code = 42
    vi = "Thiếu dữ liệu tiếng Việt cho Tesseract ({language}). Cài bằng: {fix}"
    en = "Tesseract's data for {language} are missing. Install them with: {fix}"


class FontMissing(SohoaError):
    """A font for the stamps or the text layer is not installed."""

    exit_code = 43
    vi = "Thiếu phông chữ {font}. Cài bằng: {fix}"
    en = "The font {font} is missing. Install it with: {fix}"


class ScannerMissing(SohoaError):
    """No scanner answers."""

    exit_code = 44
    retryable = True
    vi = "Không tìm thấy máy quét ({what}). Bật máy, kiểm tra dây hoặc mạng, rồi xem `sohoa scan --list`."
    en = "No scanner found ({what}). Switch it on, check cable or network, then see `sohoa scan --list`."


class ScannerFailed(SohoaError):
    """The scanner stopped in between."""

    exit_code = 45
    retryable = True
    vi = "Máy quét báo lỗi: {what}. Gỡ giấy kẹt, đặt lại giấy rồi quét lại."
    en = "The scanner failed: {what}. Clear the jam, put the paper back and scan again."


class InWork(SohoaError):
    """The same file was handed in before and is waiting for a person."""

    exit_code = 49
    vi = "{name}: chính tệp này đã nộp trước và đang chờ người. Giải quyết lần nộp trước, rồi `sohoa jobs retry`."
    en = "{name}: this very file was handed in before and waits for a person. See to that, then `sohoa jobs retry`."


class InUse(SohoaError):
    """Somebody else, or a worker, has the papers in hand."""

    exit_code = 66
    retryable = True
    vi = "{name}: người khác hoặc tiến trình xử lý đang giữ giấy tờ này. Đợi một lát rồi làm lại."
    en = "{name}: somebody else or a worker has this paper in hand. Wait a moment and try again."


class GaveUp(SohoaError):
    """A paper that brought its worker down, or failed, as often as is allowed."""

    exit_code = 46
    vi = "Đã thử {attempts} lần đều hỏng khi {doing}: {what}. Xem tệp nguồn, rồi `sohoa jobs retry`."
    en = "Tried {attempts} times, failed at {doing}: {what}. See the source, then `sohoa jobs retry`."


class UnknownJob(SohoaError):
    """No job of that name in the ledger."""

    exit_code = 47
    vi = "Không có đợt việc {name}. Xem các đợt bằng `sohoa status`."
    en = "There is no job {name}. See the jobs with `sohoa status`."


class SourceAway(SohoaError):
    """The folder or bucket that a backfill takes its files from is not there for the moment."""

    exit_code = 58
    retryable = True
    vi = "Nguồn {name} không còn ở đó hoặc rỗng. Gắn lại ổ đĩa hoặc thư mục mạng; việc đã làm được giữ lại."
    en = "The source {name} is not there or empty. Mount the disk or share again; what was done is kept."


class WorkerRefused(SohoaError):
    """A worker does not start as things are."""

    exit_code = 48
    vi = "Không khởi động được tiến trình xử lý: {what}."
    en = "The worker does not start: {what}."


class WorkStuck(SohoaError):
    """There is work, and nobody does it."""

    exit_code = 56
    retryable = True
    vi = "Công việc không chạy tiếp: {what}. Chạy `sohoa services up` trên một máy, hoặc xem nhật ký của tiến trình."
    en = "Work does not go on: {what}. Run `sohoa services up` on a machine, or see the logs of the processes."


# -- keys and records -------------------------------------------------------------------------------------------


class KeyMissing(SohoaError):
    """No signing key where the configuration says."""

    exit_code = 50
    vi = "Không có khóa ký của {role} ({where}). Để thử: `sohoa keys demo`; để dùng thật: mục keys trong site.yaml."
    en = "No signing key for the {role} ({where}). To try, run `sohoa keys demo`; for real use set keys in site.yaml."


class KeyExpired(SohoaError):
    """The certificate is past its validity or not yet valid."""

    exit_code = 51
    vi = "Chứng thư số của {role} không còn (hoặc chưa) hiệu lực: {when}. Hãy gia hạn hoặc thay khóa rồi chạy lại."
    en = "The certificate of the {role} is not valid now: {when}. Renew or replace the key and run again."


class KeyUnusable(SohoaError):
    """Wrong passphrase, damaged file, or a certificate that may not sign."""

    exit_code = 52
    vi = "Không dùng được khóa ký của {role}: {what}. Xem mục keys trong site.yaml và chạy `sohoa keys check`."
    en = "The signing key of the {role} cannot be used: {what}. Look at keys in site.yaml and run `sohoa keys check`."


class KeyRevoked(KeyUnusable):
    """The certificate, or one of those it was issued by, was revoked."""

    exit_code = 54
    vi = "Chứng thư số của {role} đã bị thu hồi ({when}), không được ký nữa. Hãy liên hệ nơi cấp và thay khóa."
    en = "The certificate of the {role} was revoked ({when}) and must not sign. Ask its issuer and replace the key."


class SigningFailed(SohoaError):
    """Signing broke off; the document is parked, nothing half-signed is stored."""

    exit_code = 53
    retryable = True
    vi = "Ký số không thành công ({what}). Giấy tờ được giữ lại; chạy lại cùng lệnh để ký tiếp."
    en = "Signing failed ({what}). The document is kept; run the same command again."


class SigningDown(SigningFailed):
    """What signing needs does not answer: time stamps, word of revocation, a token, a service."""

    exit_code = 55
    vi = "Chưa ký được vì {what}. Giấy tờ được giữ lại; khi nơi đó trả lời, chạy lại cùng lệnh để ký tiếp."
    en = "Not signed yet: {what}. The document is kept; run the same command again when it answers."


class RenewalFailed(SohoaError):
    """No archive time stamp could be added to a record; the record stays in the store as it was."""

    exit_code = 57
    retryable = True
    vi = "Không gia hạn được chứng cứ của bản ghi ({what}). Bản ghi còn nguyên như cũ; sửa nguyên nhân rồi chạy lại."
    en = "The record's proof was not renewed ({what}). The record is as it was; remove the cause and run again."


class RecordInvalid(SohoaError):
    """A packaged or signed record failed one of the checks and is not stored."""

    exit_code = 60
    vi = "Bản ghi không đạt kiểm tra ({what}) nên không được lưu. Báo người quản trị kèm tên tệp {name}."
    en = "The record failed a check ({what}) and is not stored. Tell the administrator, with the file name {name}."


class VerificationFailed(SohoaError):
    """A record is not what it should be."""

    exit_code = 61
    vi = "{name}: KHÔNG hợp lệ. {what}"
    en = "{name}: NOT valid. {what}"


class NotOurRecord(SohoaError):
    """The file is no record of this system: its signatures are listed, without assurance."""

    exit_code = 62
    vi = "{name}: không phải bản ghi của hệ thống này, không xác nhận được. {what}"
    en = "{name}: no record of this system, nothing is vouched for. {what}"


class NotProven(SohoaError):
    """Nothing speaks against a record, but something that would prove it has run out or is missing."""

    exit_code = 64
    vi = "{name}: chưa đủ căn cứ để xác nhận. {what}"
    en = "{name}: cannot be proven. {what}"


class CopyRefused(SohoaError):
    """No copy of that form is made of this record (Decree 30/2020/NĐ-CP art. 25, 27)."""

    exit_code = 63
    vi = "{name}: không sao được ({what})."
    en = "{name}: no such copy can be made ({what})."


# -- store ------------------------------------------------------------------------------------------------------


class StoreDown(SohoaError):
    """The object store does not answer."""

    exit_code = 31
    retryable = True
    vi = "Kho không trả lời ({where}). Chạy `sohoa services up` (kho kèm theo) hoặc kiểm tra store trong site.yaml."
    en = "The store does not answer ({where}). Run `sohoa services up` (bundled store) or check store in site.yaml."


class StoreDenied(SohoaError):
    """The object store refuses the key."""

    exit_code = 32
    vi = "Kho từ chối truy cập ({where}): {what}. Kiểm tra khóa truy cập trong site.yaml."
    en = "The store denies access ({where}): {what}. Check the access key in site.yaml."


class StoreFailed(SohoaError):
    """The store answered with an error of its own."""

    exit_code = 33
    retryable = True
    vi = "Kho báo lỗi: {what}. Chạy lại cùng lệnh; nếu vẫn lỗi, báo người quản trị."
    en = "The store failed: {what}. Run the same command again; if it stays tell the administrator."


class IntegrityError(SohoaError):
    """What the store holds is not what was put there."""

    exit_code = 34
    vi = "Dữ liệu trong kho không khớp mã băm ({where}). KHÔNG xóa nguồn; báo người quản trị ngay."
    en = "What the store holds does not match its hash ({where}). Do NOT delete the source; tell the administrator now."


class UnknownRecord(SohoaError):
    """No record with that id."""

    exit_code = 35
    vi = "Không có bản ghi {id}. Tìm bằng `sohoa search …`."
    en = "There is no record {id}. Look for it with `sohoa search …`."


class IndexUnusable(SohoaError):
    """The index is missing, damaged or of another version; the store is the truth."""

    exit_code = 36
    vi = "Chỉ mục không dùng được ({what}). Dựng lại từ kho bằng `sohoa index rebuild`."
    en = "The index cannot be used ({what}). Rebuild it from the store with `sohoa index rebuild`."


class ServiceFailed(SohoaError):
    """A bundled service did not start or stop."""

    exit_code = 37
    retryable = True
    vi = "Dịch vụ {service} không khởi động hoặc dừng được: {what}. Xem nhật ký {log}."
    en = "The service {service} did not start or stop: {what}. See its log {log}."


class BrokerDown(SohoaError):
    """The message broker does not answer."""

    exit_code = 38
    retryable = True
    vi = "Hàng đợi không trả lời ({where}). Chạy `sohoa services up` hoặc kiểm tra broker trong site.yaml."
    en = "The broker does not answer ({where}). Run `sohoa services up` or check broker in site.yaml."


class DatabaseDown(SohoaError):
    """The database of ledger and index does not answer or refuses."""

    exit_code = 39
    retryable = True
    vi = "Cơ sở dữ liệu không dùng được ({what}). Kiểm tra database trong site.yaml; việc đã giao không mất."
    en = "The database cannot be used ({what}). Check database in site.yaml; no work handed in is lost."


def from_os_error(error: OSError, name: str) -> SohoaError:
    """Turn an operating-system error met while working on ``name`` into one of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(where=name)
    return NotFound(name=name, what=error.strerror or type(error).__name__)


def catalogue() -> list[type[SohoaError]]:
    """Every concrete error, by exit code (for the documentation and its test)."""
    found: list[type[SohoaError]] = []
    waiting: list[type[SohoaError]] = [SohoaError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if "vi" in vars(kind):
            found.append(kind)
    return sorted(found, key=lambda kind: (kind.exit_code, kind.__name__))
