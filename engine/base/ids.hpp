// Ids: indices into the tables of the plan, one type each: a shot is never taken for a lane.
#pragma once

#include "base/units.hpp"

namespace ks {

// An index into one table. `none` is the only value that is no index.
template<class Tag> struct Id {
    static constexpr u16 none_value = 0xffff;
    u16 index = none_value;
    constexpr bool is_none() const { return index == none_value; }
    friend constexpr bool operator==(Id, Id) = default;
};

using VenueId = Id<struct VenueTag>;
using AccountId = Id<struct AccountTag>;
using CellId = Id<struct CellTag>;
using ScopeId = Id<struct ScopeTag>; // the slot of the scope's name in the status page
using ShotId = Id<struct ShotTag>;
using RequestId = Id<struct RequestTag>;
using JudgeId = Id<struct JudgeTag>;
using GateId = Id<struct GateTag>;
using KeyId = Id<struct KeyTag>;
using ProducerId = Id<struct ProducerTag>;

// A connection: its place in the lane table, and a life that is never used twice in one run (I2).
struct LaneRef {
    u16 slot = Id<struct LaneTag>::none_value;
    u32 life = 0;
    constexpr bool is_none() const { return slot == Id<struct LaneTag>::none_value; }
    friend constexpr bool operator==(LaneRef, LaneRef) = default;
};

} // namespace ks
