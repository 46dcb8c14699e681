// fork and exec with three pipes; each is closed on exec, so that no child holds another's end.
#include "process.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace ks {
namespace {

struct Pipe {
    int read_fd;
    int write_fd;
};

Pipe make_pipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    return {fds[0], fds[1]};
}

std::string take(int fd) {
    pollfd ready{fd, POLLIN, 0};
    if (poll(&ready, 1, Process::read_wait_ms) <= 0) return {};
    char bytes[4'096];
    const ssize_t count = read(fd, bytes, sizeof bytes);
    return {bytes, count > 0 ? static_cast<std::size_t>(count) : 0};
}

}

Process::Process(const std::vector<std::string>& command) {
    const Pipe input = make_pipe();
    const Pipe output = make_pipe();
    const Pipe errors = make_pipe();
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
        dup2(input.read_fd, STDIN_FILENO);
        dup2(output.write_fd, STDOUT_FILENO);
        dup2(errors.write_fd, STDERR_FILENO);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(input.read_fd);
    close(output.write_fd);
    close(errors.write_fd);
    input_fd_ = input.write_fd;
    output_fd_ = output.read_fd;
    errors_fd_ = errors.read_fd;
}

Process::~Process() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close_input();
    close(output_fd_);
    close(errors_fd_);
}

std::string Process::read_line() {
    while (rest_.find('\n') == std::string::npos) {
        const std::string more = take(output_fd_);
        if (more.empty()) break;
        rest_ += more;
    }
    const auto end = rest_.find('\n');
    const std::string line = rest_.substr(0, end);
    rest_.erase(0, end == std::string::npos ? end : end + 1);
    return line;
}

std::string Process::read_errors() {
    std::string all;
    for (std::string more = take(errors_fd_); !more.empty(); more = take(errors_fd_)) all += more;
    return all;
}

void Process::close_input() {
    if (input_fd_ >= 0) close(input_fd_);
    input_fd_ = -1;
}

void Process::signal(int number) {
    kill(pid_, number);
}

int Process::wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}
