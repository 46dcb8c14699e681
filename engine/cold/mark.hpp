// Mark: 64 bits that stand for some bytes, the first of their SHA-256: of a key, of what reads an
// account.
// Guarantees: what was marked, a secret even, cannot be found from its mark.
#pragma once

#include <memory>
#include <string_view>

#include "base/units.hpp"

namespace ks {

class Mark {
public:
    Mark();
    ~Mark();
    void add(std::string_view bytes);
    u64 finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

u64 mark_of(std::string_view text); // of one text

} // namespace ks
