// System log: lines with fixed message ids, by journald's own datagram protocol; without journald
// on stderr, with systemd's "<priority>" in front.
// Why by hand: the protocol is the interface; thirty lines need no library.
// Guarantees: never waits; a value cannot forge a field or a line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace ks {

struct LogLine {
    int priority = 6; // as syslog: 1 alert, 2 critical, 4 warning, 5 notice, 6 information
    std::string_view message_id;
    std::string message;
    std::vector<std::pair<std::string_view, std::string>> fields; // names in capitals
};

class SystemLog {
public:
    // The socket of journald; `otherwise`: the file that gets the lines where there is none.
    explicit SystemLog(std::string socket_path = "/run/systemd/journal/socket", int otherwise = 2);
    void write(const LogLine& line);

private:
    bool send(const LogLine& line);
    void print(const LogLine& line);

    std::string socket_path_;
    int otherwise_;
    Fd socket_;
};

} // namespace ks
