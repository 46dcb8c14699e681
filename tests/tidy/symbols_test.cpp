// The allocation-free ground: hot, wire and venues may only call what is in allowed_symbols.txt.
// Why here: neither a compiler flag nor a review sees what a template or a library call drags in.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace ks {
namespace {

std::set<std::string> allowed_symbols() {
    std::set<std::string> symbols;
    std::ifstream file(KS_SOURCE_DIR "/tests/tidy/allowed_symbols.txt");
    for (std::string line; std::getline(file, line);) {
        const std::string name = line.substr(0, line.find_first_of(" #"));
        if (!name.empty()) symbols.insert(name);
    }
    return symbols;
}

// Names as the linker sees them; a symbol's type letter stands before its name.
struct Symbols {
    std::set<std::string> defined;
    std::set<std::string> undefined;
};
Symbols symbols_of(const std::string& archives) {
    Symbols symbols;
    FILE* nm = popen((KS_NM " " + archives + " 2>&1").c_str(), "r");
    char line[4096];
    while (nm && std::fgets(line, sizeof line, nm)) {
        std::istringstream words(line);
        std::string first, second, third;
        words >> first >> second >> third;
        if (first == "U")
            symbols.undefined.insert(second);
        else if (!third.empty())
            symbols.defined.insert(third);
    }
    EXPECT_EQ(nm ? pclose(nm) : -1, 0) << KS_NM;
    return symbols;
}

std::string demangled(const std::string& name) {
    FILE* filter = popen(("c++filt " + name).c_str(), "r");
    char line[4096] = "";
    if (filter && std::fgets(line, sizeof line, filter)) line[std::strcspn(line, "\n")] = 0;
    if (filter) pclose(filter);
    return line;
}

TEST(Tidy, TheAllocationFreeGroundCallsOnlyWhatIsAllowed) {
    if (*KS_SANITIZE) GTEST_SKIP() << "SKIPPED: sanitizers add symbols of their own";
    const Symbols symbols = symbols_of(KS_ARCHIVES);
    const std::set<std::string> allowed = allowed_symbols();
    ASSERT_GT(symbols.defined.size(), 100u) << "nm read nothing of " << KS_ARCHIVES;
    for (const std::string& name : symbols.undefined)
        EXPECT_TRUE(symbols.defined.contains(name) || allowed.contains(name))
            << demangled(name) << " (" << name << ") is called from hot, wire or venues; "
            << "if it can neither allocate, lock, block nor throw: tests/tidy/allowed_symbols.txt";
}

TEST(Tidy, NothingForbiddenIsAllowed) {
    const std::set<std::string> allowed = allowed_symbols();
    for (const char* name : {"malloc", "free", "calloc", "realloc", "_Znwm", "_ZdlPv", "_ZdlPvm",
                             "__cxa_throw", "__cxa_allocate_exception", "pthread_mutex_lock",
                             "nanosleep", "read", "write", "open", "syscall", "printf"})
        EXPECT_FALSE(allowed.contains(name)) << name;
}

} // namespace
} // namespace ks
