// SharedPages: fresh pages in anonymous shared memory with a small plan, as an engine and its
// producers see them; a forked child shares them. No file, no directory.
#pragma once

#include <sys/mman.h>

#include <array>
#include <memory>
#include <string>

#include "abi/killswitch.h"
#include "hot/gate.hpp"
#include "hot/trigger.hpp"

namespace ks {

template<class T> class SharedMemory {
public:
    SharedMemory()
        : at_(static_cast<T*>(mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory() { munmap(at_, sizeof(T)); }
    T& operator*() const { return *at_; }
    T* operator->() const { return at_; }
    T* get() const { return at_; }

private:
    T* at_;
};

class SharedPages {
public:
    // Scopes "scope0", "scope1", ...; every producer is granted all of them.
    SharedPages(u16 producers, u16 scopes) {
        for (u16 s = 0; s < scopes; ++s) {
            const std::string name = "scope" + std::to_string(s);
            ScopePlan scope;
            scope.name.assign(name);
            scope.in_config = true;
            (void)plan->scopes.push(scope);
            name.copy(status->scope[s].name, KS_NAME_BYTES - 1);
            status->scope[s].in_config = 1;
        }
        status->scopes_count = scopes;
        for (u16 p = 0; p < producers; ++p) {
            ProducerPlan producer;
            for (u16 s = 0; s < scopes; ++s) producer.granted.set(s);
            (void)plan->producers.push(producer);
            status->trigger_nonce[p] = 0x1234567890abcdefu * (p + 1u);
            publish_grants(p);
        }
        status->producers_count = producers;
    }

    // The plan's grants of this producer, as the header reads them.
    void publish_grants(u16 p) {
        for (size_t w = 0; w < ScopeSet::words_count; ++w)
            status->granted[p][w] = plan->producers[p].granted.words[w];
    }
    // A limit whose first places - reserve are shared.
    GateId add_gate(u16 places, u16 reserve, Nanos window, Nanos margin) {
        GatePlan gate;
        gate.first_place = next_place_;
        gate.places = places;
        gate.reserve = reserve;
        gate.window = window;
        gate.margin = margin;
        next_place_ = static_cast<u16>(next_place_ + places);
        const auto index = static_cast<u16>(plan->gates.size());
        (void)plan->gates.push(gate);
        ks_gate_line& line = status->gate[index];
        line.first_place = gate.first_place;
        line.places = places;
        line.reserve = reserve;
        line.window_ns = static_cast<u64>(window.ns);
        line.margin_ns = static_cast<u64>(margin.ns);
        status->gates_count = index + 1u;
        return {index};
    }

    TriggerPages trigger_pages() {
        TriggerPages pages{.status = status.get(), .trigger = {}, .lost = &lost};
        for (u16 p = 0; p < plan->producers.size(); ++p) pages.trigger[p] = trigger[p].get();
        return pages;
    }
    GatePages gate_pages() { return {status.get(), gates.get(), own.get()}; }

    // What ks_open() would have mapped for this producer.
    ks_handle handle(u16 producer) {
        ks_handle ks{};
        ks.status = status.get();
        ks.mine = trigger[producer].get();
        for (u16 p = 0; p < plan->producers.size(); ++p) ks.trigger[p] = trigger[p].get();
        ks.gates = gates.get();
        ks.producer = producer;
        return ks;
    }
    ks_trigger_row& row(u16 producer, u16 scope) {
        return trigger[producer]->row[scope / KS_ROW_SLOTS];
    }
    u64 key(u16 producer, u16 scope) {
        return ks_slot_key(status->scope[scope].name, status->trigger_nonce[producer]);
    }

    std::unique_ptr<Plan> plan = std::make_unique<Plan>();
    SharedMemory<ks_status_page> status;
    std::array<SharedMemory<ks_trigger_page>, producers_max> trigger;
    SharedMemory<ks_gates_page> gates;
    SharedMemory<ks_gates_page> own;
    std::atomic<u32> lost{0};

private:
    u16 next_place_ = 0;
};

} // namespace ks
