// killswitchd: the engine. killswitchd --config FILE
#include <cstdio>
#include <cstring>

#include "daemon.hpp"

int main(int argc, char** argv) {
    if (argc != 3 || std::strcmp(argv[1], "--config") != 0) {
        std::fputs("usage: killswitchd --config FILE\n"
                   "  Keeps cancel-all requests built, signed and sealed, and fires them when a\n"
                   "  trigger in shared memory is pulled. Check a config with: ksctl check\n",
                   stderr);
        return 64; // EX_USAGE
    }
    const ks::Result<void> ran = ks::run_daemon(argv[2]);
    if (ran) return 0;
    std::fprintf(stderr, "killswitchd: %s\n", ran.error().sentence.c_str());
    return ran.error().exit_code;
}
