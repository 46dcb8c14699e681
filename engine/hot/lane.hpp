// Lane: one warm TLS connection, what is outstanding on it, and the table of all of them.
// Guarantees: one request outstanding and one send in flight a lane; a slot holds two lives at
// once, so that a connection is replaced before the old one goes (make-before-break); bytes nobody
// asked for, or an answer that is not exactly one response, end the lane.
#pragma once

#include "hot/evidence.hpp"
#include "hot/journal.hpp"
#include "hot/mail.hpp"
#include "hot/orders.hpp"
#include "hot/plan.hpp"
#include "hot/seams.hpp"
#include "wire/http.hpp"
#include "wire/session.hpp"

namespace ks {

// What a request is for: a cancel, a read of a kill, a look while nothing is killed, a sign of
// life; the reads of a live fire's pair, and its cancel.
enum class Purpose : u8 { none, shot, read, eyes, keep_alive, pair_read, live_fire };

// Something that is about to leave: what, on which lane, and the bytes of its record.
struct Departure {
    Purpose purpose = Purpose::none;
    RequestId request;
    ShotId shot; // none for keep-alives and live fires
    LaneRef lane{};
    const Record* record = nullptr;
    bool is_stale = false;
};

// What became of a request. `lost`: the lane ended or its time ran out before a whole answer.
struct Answer {
    enum class Kind : u8 { none, answered, lost };
    Kind kind = Kind::none;
    Purpose purpose = Purpose::none;
    RequestId request;
    ShotId shot;
    LaneRef lane;
    Verdict verdict = Verdict::unknown;
    u16 http_status = 0;
    u32 open_count = 0;
    u32 ids_count = 0;
    u32 raised_count = 0;         // of the open orders: those that are going already
    bool is_json = false;         // the body was one JSON value
    std::span<const OrderId> ids; // that it names; valid until the lane's next request
    std::string_view head;        // how its body begins, redacted; as long as the ids
    i64 retry_after_s = -1;
    Instant sent_at;
};

struct alignas(64) Lane {
    enum class Life : u8 { empty, up, over, dropped, closed };
    LaneRef ref;
    Life life = Life::empty;
    bool is_sending = false;  // a send is in the kernel's hands
    bool is_retiring = false; // replaced, or told to close: takes no new request
    bool is_untold = false;   // nothing has come since the request left
    bool has_work = false;    // the session has bytes consumed but not yet opened
    DownWhy why = DownWhy::closed_by_peer;
    u32 sending_bytes = 0;
    int fd = -1; // after `closed`: to be given back to the connector
    Instant used_at;
    Instant sent_at;
    Instant answer_by;
    Departure out; // outstanding; purpose none: idle
    Instant up_since;
    Session session;
    HttpResponse response;
    Judge judge;
    Record own_record;
    Bounded<OrderId, Orders::remembered_max> ids; // named by the answer that is being read
    Evidence evidence;                            // of its body
    Journal* journal = nullptr;

    bool is_idle() const { return out.purpose == Purpose::none; }
};

class Lanes {
public:
    Lanes(const Plan& plan, Mail& mail, Journal& journal) noexcept;

    // ---- sending
    // The fit a record must have to leave on this slot now; 0: it may not.
    u64 fit(u16 slot) const noexcept;
    // A lane of the venue that may send now, the least precious first (the highest slot).
    Lane* any_fit(VenueId venue) noexcept;
    // The same, for a chore: none while another lane of the venue is busy.
    Lane* spare(VenueId venue) noexcept;
    Lane* current(u16 slot) noexcept;
    bool is_sending(u16 slot) const noexcept;
    // Beside net.queue(), nowhere else: the number is spent, the request is outstanding (I1).
    void spend(const Departure& departure, Instant now) noexcept;
    // Protocol bytes that some lane owes its peer, or an empty record. Call owed_spent() when
    // queued.
    Lane* owing() noexcept;
    void owed_spent(Lane& lane) noexcept;

    // ---- receiving
    // Adopts one connection from the connector, if there is one. Returns it, for net.adopt(), and
    // the bytes that came with it, to be opened before the next is adopted.
    Lane* adopt_one(Instant now, int& fd, std::span<std::byte>& leftover) noexcept;
    void sent(const NetEvent& event) noexcept;
    // Opens at most one slice of the event's bytes and consumes them from it. True when the event
    // is done with; otherwise call again, next turn, with the same event.
    bool open_slice(NetEvent& event, Answer& answer) noexcept;
    Answer closed(const NetEvent& event) noexcept;
    // Chore: looks at one lane for an answer overdue.
    Answer overdue(Instant now) noexcept;

    // ---- ending
    void end(Lane& lane, DownWhy why) noexcept;
    // A lane that is over and must be dropped by the net now, or nullptr.
    Lane* to_drop() noexcept;
    // Chore: gives one closed connection back to the connector.
    void give_back() noexcept;
    // The lane of the venue that has been silent longest, if it may be used: for keep-alives.
    Lane* most_idle(VenueId venue, Instant now) noexcept;
    // What a departure on this lane reads and writes.
    void warm(u16 slot) const noexcept;
    u16 up_count(VenueId venue) const noexcept;
    // Ends one idle lane of the venue: its successor's warm-up measures the venue's clock anew.
    void renew_one(VenueId venue) noexcept;
    bool is_clock_known(VenueId venue) const noexcept { return clock_known_.test(venue.index); }

private:
    static constexpr size_t entries_max = 2 * lanes_max;
    Lane* find(LaneRef ref) noexcept;
    const Lane* current(u16 slot) const noexcept;
    bool may_send(const Lane& lane) const noexcept;
    bool read(Lane& lane, std::span<const std::byte> content, Answer& answer) noexcept;
    void begin_answer(Lane& lane) noexcept;
    void begin_body(Lane& lane) noexcept;
    Answer answered(Lane& lane) noexcept;
    Answer lost(Lane& lane) noexcept;
    void retire_when_idle(Lane& lane) noexcept;

    const Plan& plan_;
    Mail& mail_;
    u16 entries_count_;                   // of the plan
    std::array<Lane, entries_max> lanes_; // slot s: entries 2s and 2s + 1
    std::array<u8, lanes_max> current_{}; // which of the two is the slot's lane
    std::array<std::byte, record_bytes_max> leftover_{};
    Bits<64> clock_known_; // venues
    u16 overdue_cursor_ = 0;
    u16 owing_cursor_ = 0;
    u16 ending_count_ = 0; // lanes over or closed, still to be dropped or given back
};

} // namespace ks
