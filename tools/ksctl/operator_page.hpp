// OperatorPage: what a human asks of the engine, opened for writing.
// Guarantees: one writer at a time, by a lock on the file; whoever may not write it is told so.
#pragma once

#include "base/fd.hpp"
#include "page.hpp"

namespace ks {

class OperatorPage {
public:
    // `command` is named in the remedy: "rearm", "ack".
    static Result<OperatorPage> open(const std::string& run_dir, const std::string& command);
    OperatorPage(OperatorPage&& other) noexcept
        : page_(std::exchange(other.page_, nullptr)), lock_(std::move(other.lock_)) {}
    OperatorPage(const OperatorPage&) = delete;
    ~OperatorPage() { ks_unmap(page_, sizeof *page_); }
    ks_operator_page* operator->() { return page_; }

private:
    explicit OperatorPage(ks_operator_page* page) : page_(page) {}
    ks_operator_page* page_;
    Fd lock_;
};

// Who logged in, whatever sudo made of it; KS_NONE: unknown.
u32 login_uid();

} // namespace ks
