// Journal writer: preallocate, append, sync; and let go of a file that failed.
#include "cold/journal_writer.hpp"

#include <algorithm>
#include <cstring>

#include <fcntl.h>

#include "base/crc32c.hpp"

namespace ks {
namespace {

// Space for the whole segment now. Where the file system cannot promise, at least the size is set.
bool preallocate(int file, u64 size_bytes) {
    if (fallocate(file, 0, 0, static_cast<off_t>(size_bytes)) == 0) return true;
    return errno == EOPNOTSUPP && ftruncate(file, static_cast<off_t>(size_bytes)) == 0;
}

} // namespace

Result<void> JournalWriter::open_segment(const Lines& opening, u64 room_bytes, Moment at) {
    if (Result<void> closed = close_segment(); !closed) return closed;
    const u64 number = segment_ + 1;
    Lines lines;
    lines.add("segment", number).add("previous", hex(head_.hash));
    lines.add("previous_sequence", head_.sequence);
    const std::string payload = lines.text() + torn_.text() + opening.text();
    const std::string name = segment_name(number);

    Fd file(
        openat(directory_, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!file.is_open()) return errno_error("create " + name);
    const u64 size_bytes = std::max(segment_bytes_, record_bytes(payload.size()) + room_bytes);
    if (!preallocate(file.get(), size_bytes) || fsync(file.get()) != 0 || fsync(directory_) != 0) {
        Error error = errno_error("reserve " + std::to_string(size_bytes) + " bytes for " + name);
        unlinkat(directory_, name.c_str(), 0); // ours, and empty
        return error;
    }
    file_ = std::move(file);
    segment_ = number;
    size_bytes_ = size_bytes;
    offset_ = 0;
    append(RecordType::segment, std::as_bytes(std::span(payload)), at);
    if (Result<void> written = write(); !written) {
        unlinkat(directory_, name.c_str(), 0); // holds nothing that anyone was told of
        segment_ = number - 1;
        return written;
    }
    torn_ = {};
    return {};
}

bool JournalWriter::fits(u64 payload_bytes) const {
    return offset_ + batch_.size() + record_bytes(payload_bytes) <= size_bytes_;
}

void JournalWriter::append(RecordType type, std::span<const std::byte> payload, Moment at) {
    RecordHead head{.type = type,
                    .payload_bytes = static_cast<u32>(payload.size()),
                    .sequence = batch_head_.sequence + 1,
                    .at_ns = static_cast<u64>(at.monotonic.ns),
                    .utc_ns = at.utc_ns,
                    .link = link_of(batch_head_)};
    const size_t start = batch_.size();
    batch_.resize(start + record_bytes(payload.size()));
    const std::span<std::byte> record = std::span(batch_).subspan(start);
    std::memcpy(record.data(), &head, sizeof head);
    std::ranges::copy(payload, record.begin() + sizeof head);
    head.crc = crc32c(record);
    std::memcpy(record.data(), &head, sizeof head);
    batch_head_ = chain_after(batch_head_, head.sequence, record);
}

Result<void> JournalWriter::write() {
    for (size_t done = 0; done < batch_.size();) {
        const ssize_t wrote = pwrite(file_.get(), batch_.data() + done, batch_.size() - done,
                                     static_cast<off_t>(offset_ + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return fail("write to ");
        done += static_cast<size_t>(wrote);
    }
    offset_ += batch_.size();
    head_ = batch_head_;
    batch_.clear();
    return {};
}

Result<void> JournalWriter::sync() {
    if (fdatasync(file_.get()) != 0) return fail("put on disk ");
    synced_head_ = head_;
    return {};
}

// A finished segment gives back the space it did not use; its records are on disk by then.
Result<void> JournalWriter::close_segment() {
    if (!file_.is_open()) return {};
    if (Result<void> synced = sync(); !synced) return synced;
    if (ftruncate(file_.get(), static_cast<off_t>(offset_)) != 0) return fail("trim ");
    file_.close();
    return {};
}

// The batch is forgotten (its events are still in the ring), and what part of it reached the file
// is cut off: nobody was told that it is there. Nothing more is written to this file.
Error JournalWriter::fail(const std::string& what) {
    Error error = errno_error(what + segment_name(segment_));
    batch_.clear();
    batch_head_ = head_;
    if (ftruncate(file_.get(), static_cast<off_t>(offset_)) != 0)
        torn_.add("torn", std::to_string(segment_) + ":" + std::to_string(offset_));
    file_.close();
    return error;
}

} // namespace ks
