// Pager: a command that an engine tells its alarms, and what it has heard.
#pragma once

#include "engine.hpp"

#include <sys/stat.h>

namespace ks {

// A command that appends each alarm to a file, as a pager would take it.
struct Pager {
    explicit Pager(const std::string& dir) : file(dir + "/pages") {
        const std::string command = dir + "/page-risk";
        write_text(command, "#!/bin/sh\necho \"$2\" >>" + file + "\n");
        chmod(command.c_str(), 0700);
        line = "notify = [\"" + command + "\", \"--urgent\"]\n";
    }
    bool hears(const std::string& words) const {
        return eventually([&] { return read_text(file).find(words) != std::string::npos; });
    }
    std::string file;
    std::string line;
};

}
