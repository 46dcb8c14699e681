// The golden journal: one short segment, and the bytes it must have on every machine.
#pragma once

#include "cold/journal_writer.hpp"

namespace ks {

// Writes journal-00000001.ksj into `directory`: an opening, names, a kill of two events, a person.
inline Result<void> write_golden_journal(int directory) {
    constexpr u64 pulled_ns = 7'000'000'000;
    constexpr u64 pulled_utc_ns = 1'700'000'000'123'456'000;
    const auto after = [](u64 ns) {
        return Moment{{static_cast<i64>(pulled_ns + ns)}, pulled_utc_ns + ns};
    };
    const Event pull{.sequence = 1,
                     .at_ns = pulled_ns,
                     .kind = EventKind::pull_seen,
                     .scope = 0,
                     .producer = 0,
                     .number = 5,
                     .value = 1};
    const Event sent{.sequence = 2,
                     .at_ns = pulled_ns + 3'400,
                     .kind = EventKind::shot_sent,
                     .scope = 0,
                     .shot = 0,
                     .lane = 2,
                     .number = 1,
                     .value = 1'700'000'000'123};
    const Lines names = Lines()
                            .add("scope.0", "all")
                            .add("producer.0", "risk")
                            .add("shot.0", "bitopro/main margin *")
                            .add("lane.2", "bitopro#0");
    const Lines person = Lines().add("person", "uid 1000").add("reason", "drill\n");
    const auto bytes = [](const auto& of) { return std::as_bytes(std::span(of)); };

    JournalWriter writer(directory, {}, 1, 4096);
    Result<void> opened = writer.open_segment(Lines().add("ring", "abcdef"), 0, after(0));
    if (!opened) return opened;
    writer.append(RecordType::names, bytes(names.text()), after(0));
    writer.append(RecordType::event, std::as_bytes(std::span(&pull, 1)), after(0));
    writer.append(RecordType::event, std::as_bytes(std::span(&sent, 1)), after(3'400));
    writer.append(RecordType::person, bytes(person.text()), after(9'000'000'000));
    if (Result<void> written = writer.write(); !written) return written;
    return writer.sync();
}

} // namespace ks
