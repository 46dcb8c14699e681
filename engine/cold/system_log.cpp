#include "cold/system_log.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

namespace ks {
namespace {

constexpr std::string_view program = "killswitchd";
constexpr size_t line_bytes_max = 4'000; // below PIPE_BUF: a pipe that polls writable takes it all

// One line: what a newline could forge becomes a blank.
std::string one_line(std::string_view text) {
    std::string line(text);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    std::replace_if(line.begin(), line.end(), is_control, ' ');
    return line;
}

std::string datagram(const LogLine& line) {
    std::string text = "MESSAGE=" + one_line(line.message) +
                       "\nPRIORITY=" + std::to_string(line.priority) +
                       "\nMESSAGE_ID=" + std::string(line.message_id) +
                       "\nSYSLOG_IDENTIFIER=" + std::string(program) + "\n";
    for (const auto& [name, value] : line.fields)
        text.append(name).append("=").append(one_line(value)).append("\n");
    return text;
}

} // namespace

SystemLog::SystemLog(std::string socket_path, int otherwise)
    : socket_path_(std::move(socket_path)), otherwise_(otherwise),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

void SystemLog::write(const LogLine& line) {
    if (!send(line)) print(line);
}

bool SystemLog::send(const LogLine& line) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (!socket_.is_open() || socket_path_.size() >= sizeof to.sun_path) return false;
    std::copy(socket_path_.begin(), socket_path_.end(), to.sun_path);
    const std::string text = datagram(line);
    return sendto(socket_.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&to),
                  sizeof to) == static_cast<ssize_t>(text.size());
}

void SystemLog::print(const LogLine& line) {
    std::string text = "<" + std::to_string(line.priority) + ">" + std::string(program) + ": " +
                       one_line(line.message);
    text.resize(std::min(text.size(), line_bytes_max));
    text += "\n";
    pollfd reader{otherwise_, POLLOUT, 0};
    if (poll(&reader, 1, 0) != 1 || (reader.revents & POLLOUT) == 0) return; // nobody reads it
    if (::write(otherwise_, text.data(), text.size()) < 0) return;           // nor here
}

} // namespace ks
