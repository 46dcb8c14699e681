// Journal reader: length, then form, then checksum.
#include "cold/journal_reader.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/crc32c.hpp"
#include "base/fd.hpp"

namespace ks {

Event JournalRecord::event() const {
    Event event;
    std::memcpy(&event, payload.data(), std::min(payload.size(), sizeof event));
    return event;
}

std::string_view words(RecordStop stop) {
    switch (stop) {
    case RecordStop::none:
    case RecordStop::clean:
        return "nothing wrong";
    case RecordStop::not_a_record:
        return "bytes that are no record";
    case RecordStop::other_version:
        return "a record of another version of killswitch";
    case RecordStop::wrong_length:
        return "a record that is cut short or says a wrong length";
    case RecordStop::wrong_crc:
        return "a record whose checksum does not match its bytes";
    }
    return "?";
}

namespace {
bool all_zero(std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}
} // namespace

RecordStop SegmentReader::read(u64 offset, JournalRecord& record) const {
    const std::span<const std::byte> rest = segment_.subspan(offset);
    RecordHead head;
    if (rest.size() < sizeof head)
        return all_zero(rest) ? RecordStop::clean : RecordStop::wrong_length;
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.magic != record_magic)
        return all_zero(rest) ? RecordStop::clean : RecordStop::not_a_record;
    if (head.version != record_version || !is_known(head.type)) return RecordStop::other_version;
    const bool is_event = head.type == RecordType::event;
    if (head.payload_bytes > record_payload_bytes_max ||
        record_bytes(head.payload_bytes) > rest.size() ||
        (is_event && head.payload_bytes != sizeof(Event)))
        return RecordStop::wrong_length;
    record.head = head;
    record.offset = offset;
    record.bytes = rest.first(record_bytes(head.payload_bytes));
    record.payload = record.bytes.subspan(sizeof head, head.payload_bytes);
    head.crc = 0;
    const u32 head_crc = crc32c(std::as_bytes(std::span(&head, 1)));
    if (crc32c(record.bytes.subspan(sizeof head), head_crc) != record.head.crc)
        return RecordStop::wrong_crc;
    return RecordStop::none;
}

bool SegmentReader::next(JournalRecord& record) {
    stop_ = read(offset_, record);
    if (stop_ != RecordStop::none) return false;
    offset_ += record.bytes.size();
    return true;
}

bool SegmentReader::resync(JournalRecord& record) {
    for (u64 offset = offset_ + record_align_bytes; offset + sizeof(RecordHead) <= segment_.size();
         offset += record_align_bytes) {
        if (read(offset, record) != RecordStop::none) continue;
        offset_ = offset + record.bytes.size();
        return true;
    }
    return false;
}

Result<std::vector<std::byte>> read_segment(int directory, const std::string& name) {
    const Fd file(openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status;
    if (!file.is_open() || fstat(file.get(), &status) != 0) return errno_error("open " + name);
    if (!S_ISREG(status.st_mode)) return Error{"open " + name + ": not a regular file"};
    std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
    for (size_t have = 0; have < bytes.size();) {
        const ssize_t got =
            pread(file.get(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
        if (got < 0) return errno_error("read " + name);
        if (got == 0) bytes.resize(have); // trimmed meanwhile: a live engine closed it
        have += static_cast<size_t>(got);
    }
    return bytes;
}

Result<std::vector<u64>> list_segments(int directory) {
    Fd copy(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!copy.is_open()) return errno_error("open the journal's directory");
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(fdopendir(copy.get()), closedir);
    if (!listing) return errno_error("list the journal's directory");
    copy.release();
    std::vector<u64> numbers;
    while (const dirent* entry = readdir(listing.get()))
        if (const u64 number = segment_number(entry->d_name)) numbers.push_back(number);
    std::ranges::sort(numbers);
    return numbers;
}

} // namespace ks
