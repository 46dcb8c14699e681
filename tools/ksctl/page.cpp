#include "page.hpp"

#include <utility>

#include "cold/config.hpp"
#include "cold/words.hpp"

namespace ks {

Result<Page> Page::open(const Arguments& arguments) {
    Page page;
    page.run_dir_ = arguments.option("run-dir");
    if (page.run_dir_.empty()) {
        auto config = read_config(arguments.config_file());
        if (!config) return std::move(config).error();
        page.run_dir_ = config->engine.run_dir;
    }
    const ks_opened opened = ks_open_reader(&page.handle_, page.run_dir_.c_str());
    if (opened == KS_OPENED) return page;
    return Error{page.run_dir_ + ": " + ks_opened_text(opened) +
                 "; check that killswitchd runs: systemctl status killswitchd"};
}

Page::Page(Page&& other) noexcept
    : handle_(std::exchange(other.handle_, {})), run_dir_(std::move(other.run_dir_)) {}

Page::~Page() {
    ks_close(&handle_);
}

Result<u32> Page::find_scope(const std::string& name) const {
    const u32 scope = ks_find_scope(&handle_, name.c_str());
    if (scope != KS_NONE) return scope;
    std::vector<std::string> names;
    for (u32 i = 0; i < ks_scopes(&handle_); ++i) names.emplace_back(status().scope[i].name);
    return unknown_name({run_dir_, "scope", name, "see: ksctl status"}, names);
}

} // namespace ks
