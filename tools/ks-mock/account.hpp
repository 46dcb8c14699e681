// The accounts that the venues know: where they come from, their orders, and what was counted of
// the requests made in their name.
#pragma once

#include "book.hpp"

#include <deque>
#include <string>
#include <vector>

namespace ks {

struct CancelSeen {
    Moment at;
    std::string product;
    std::string symbol; // empty: every symbol
    int status;         // 0: no answer was given
};

struct Tally {
    u64 requests = 0;
    u64 answered_429 = 0;
    u64 limit_violations = 0;
    u64 signature_failures = 0;
    u64 nonce_failures = 0;
    u64 clock_failures = 0;
    std::vector<CancelSeen> cancels;
};

struct Account {
    std::string venue;
    std::string name;
    std::string key{};
    std::string secret{};
    std::string identity{};
    Book book;
    Tally tally{};
    u64 nonce_last = 0;
};

// A deque, because others keep pointers to its accounts.
using Accounts = std::deque<Account>;

// Lines `venue account key secret identity`, '-' for none, '#' begins a comment.
Accounts read_accounts(const std::string& path);

// Two accounts a venue, main and hedge, with fresh keys; each word in a file of its own, for a
// config to point at (dir/bitopro.main.key, .secret, .identity), and all in dir/accounts, for
// read_accounts.
Accounts make_demo_accounts(const std::string& dir);

}
