// A child process of a test: started with arguments, read line by line, ended with the test. It is
// ended by its own pid, and its standard input closes when the test dies.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace ks {

class Process {
public:
    explicit Process(const std::vector<std::string>& command);
    ~Process(); // SIGKILL if it still runs
    Process(const Process&) = delete;

    std::string read_line();   // waits up to read_wait_ms; empty at the end or when nothing came
    std::string read_errors(); // all of standard error, once it has ended
    void close_input();
    void signal(int number);
    int wait(); // exit code, or 128 + signal
    pid_t pid() const { return pid_; }

    static constexpr int read_wait_ms = 20'000; // a loaded machine with sanitizers, not a pace

private:
    pid_t pid_ = -1;
    int input_fd_ = -1;
    int output_fd_ = -1;
    int errors_fd_ = -1;
    std::string rest_;
};

}
