// Ksctl bench: the built ksctl, a config over one shipped recipe, and what came of a run.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "../unit/temp_dir.hpp"
#include "cold/toml.hpp"

namespace ks {

inline const std::string ksctl = KS_TOOLS_DIR "/ksctl/ksctl";
inline const std::string recipe_dir = KS_SOURCE_DIR "/engine/venues";

inline void put(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    chmod(file.c_str(), 0600);
}

inline std::string read_all(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

struct Ran {
    int code = -1;
    std::string out;
    std::string errors;
};

// Runs ksctl to its end. Its streams are files, so that no pipe can fill up.
inline Ran run(const TempDir& dir, std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), ksctl);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    put(dir / "in", input);
    const pid_t child = fork();
    if (child == 0) {
        const bool is_ready = freopen((dir / "in").c_str(), "r", stdin) &&
                              freopen((dir / "out").c_str(), "w", stdout) &&
                              freopen((dir / "errors").c_str(), "w", stderr);
        if (is_ready) execv(argv[0], argv.data());
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_all(dir / "out"),
            read_all(dir / "errors")};
}

// A config over one shipped recipe whose accounts are the recipe's public samples.
struct Bench {
    TempDir dir;
    std::string venue;
    std::string config = dir / "k.toml";
    TomlFile recipe;

    explicit Bench(const std::string& name, const std::string& more = "")
        : venue(name), recipe(std::move(*TomlFile::read(recipe_dir + "/" + name + ".toml"))) {
        std::string text = "[engine]\nname = 'test'\nenvironment = 'test'\nrun_dir = 'run'\n"
                           "recipe_dirs = ['" +
                           recipe_dir + "']\n[venue." + venue + "]\n";
        const Toml samples = recipe.root().table("sample");
        const std::string only = name == "bitopro" ? "support" : "";
        for (const std::string& sample : samples.keys())
            text += account(sample, samples.table(sample));
        put(config, text + more);
    }
    std::string account(const std::string& name, const Toml& sample) const {
        std::string text = "[account.'" + venue + "/" + name + "']\n";
        for (const char* part : {"key", "secret", "identity"}) {
            if (!sample.has(part)) continue;
            put(dir / (name + "." + part), sample.text(part) + "\n");
            text += std::string(part) + "_file = '" + name + "." + part + "'\n";
        }
        return text + "stops = 'cancel'\naccount = '" + sample.text("name", "") + "'\n";
    }
    Ran ctl(std::vector<std::string> words, const std::string& input = "") const {
        words.insert(words.end(), {"--config", config});
        return run(dir, std::move(words), input);
    }
};

} // namespace ks
