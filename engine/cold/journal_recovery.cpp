// Journal recovery: read the last segment that has a whole record, set aside what follows it.
#include "cold/journal_recovery.hpp"

#include <algorithm>
#include <charconv>

#include <fcntl.h>

#include "base/fd.hpp"
#include "cold/pull_record.hpp"

namespace ks {
namespace {

void follow(JournalRecovered& found, const JournalRecord& record) {
    if (record.head.type == RecordType::segment) {
        const std::string_view text = record.text();
        parse_digest(value_of(text, "previous"), found.head.hash);
        const std::string_view ring = value_of(text, "ring");
        std::from_chars(ring.data(), ring.data() + ring.size(), found.ring_nonce, 16);
        found.last_event = number_of(value_of(text, "last_event"), 0);
    }
    found.untold.reset();
    if (record.head.type == RecordType::event) {
        const Event event = record.event();
        found.last_event = event.sequence;
        if (is_pull(event.kind)) found.untold = event;
    }
    found.head = chain_after(found.head, record.head.sequence, record.bytes);
}

Result<void> copy_aside(int directory, const std::string& name, std::span<const std::byte> bytes) {
    const std::string copy_name = name + ".corrupt";
    const Fd copy(openat(directory, copy_name.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!copy.is_open()) return errno_error("create " + copy_name);
    for (size_t done = 0; done < bytes.size();) {
        const ssize_t wrote = ::write(copy.get(), bytes.data() + done, bytes.size() - done);
        if (wrote <= 0) return errno_error("write " + copy_name);
        done += static_cast<size_t>(wrote);
    }
    if (fsync(copy.get()) != 0) return errno_error("put on disk " + copy_name);
    return {};
}

// Declares the bytes behind the last whole record, and finds out what they hid.
void set_aside(int directory, u64 segment, std::span<const std::byte> bytes, SegmentReader reader,
               JournalRecovered& found) {
    const std::string name = segment_name(segment);
    const u64 offset = reader.offset();
    found.torn.add("torn", std::to_string(segment) + ":" + std::to_string(offset));
    std::string alarm = "journal " + name + ": at byte " + std::to_string(offset) + " lies " +
                        std::string(words(reader.stop()));
    const Result<void> copied = copy_aside(directory, name, bytes.subspan(offset));
    alarm += copied ? "; copied to " + name + ".corrupt" : "; " + copied.error().sentence;
    u64 hidden_count = 0;
    JournalRecord hidden;
    while (reader.resync(hidden)) {
        do {
            found.head.sequence = std::max(found.head.sequence, hidden.head.sequence);
            ++hidden_count;
        } while (reader.next(hidden));
    }
    if (hidden_count != 0)
        alarm += "; behind it lie " + std::to_string(hidden_count) +
                 " whole records: the file was changed after it was written";
    found.alarms.push_back(std::move(alarm));
}

// A clean segment gives back what it reserved and did not use. Failing costs only space.
void trim(int directory, const std::string& name, u64 size_bytes) {
    const Fd file(openat(directory, name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.is_open() && ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0) return;
}

} // namespace

Result<JournalRecovered> recover_journal(int directory) {
    JournalRecovered found;
    Result<std::vector<u64>> segments = list_segments(directory);
    if (!segments) return std::move(segments).error();
    if (!segments->empty()) found.last_segment = segments->back();
    u64 sequence_max = 0; // hidden ones included
    for (bool is_found = false; !is_found && !segments->empty(); segments->pop_back()) {
        const u64 number = segments->back();
        Result<std::vector<std::byte>> bytes = read_segment(directory, segment_name(number));
        if (!bytes) return std::move(bytes).error();
        SegmentReader reader(*bytes);
        for (JournalRecord record; reader.next(record);) follow(found, record);
        if (reader.stop() != RecordStop::clean)
            set_aside(directory, number, *bytes, reader, found);
        else if (reader.offset() < bytes->size())
            trim(directory, segment_name(number), reader.offset());
        is_found = reader.offset() > 0;
        sequence_max = std::max(sequence_max, found.head.sequence);
    }
    found.head.sequence = sequence_max;
    return found;
}

} // namespace ks
