#include <sched.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>
#include "flight/range.hpp"
#include "flight/site.hpp"
#include "cold/host.hpp"
using namespace ks;
using namespace ks::bench;

static float pct(std::vector<float>& v, double q) { std::sort(v.begin(), v.end()); return v.empty() ? -1 : v[std::min(v.size()-1, size_t(q*v.size()))]; }
static void show(const char* name, std::vector<float> v) {
    std::printf("%-34s p50 %8.0f p90 %8.0f p99 %8.0f max %8.0f n %zu\n", name, pct(v,.5), pct(v,.9), pct(v,.99), v.empty()?-1:v.back(), v.size());
}
int main(int argc, char** argv) {
    const int n = argc > 1 ? atoi(argv[1]) : 500;
    const int reps = argc > 2 ? atoi(argv[2]) : 4;
    const bool uring = !(argc > 3 && atoi(argv[3]) == 0);
    static_cast<void>(harden());
    auto folder = std::string("/tmp");
    auto venue = Venue::open({folder, [](std::string_view method, std::string_view path) -> std::string {
        if (method == "DELETE") return "{\"data\":{}}";
        if (path == "/v3/orders/open") return "{\"data\":[]}";
        return "{}"; }, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1"});
    if (!venue) { std::fprintf(stderr, "%s\n", venue.error().sentence.c_str()); return 1; }
    cpu_set_t set; CPU_ZERO(&set); CPU_SET(0, &set); sched_setaffinity(0, sizeof set, &set);
    auto bare = BareClient::connect((*venue)->port(), (*venue)->ca_file(), 64, [&]{ (*venue)->poll(); });
    if (!bare) { std::fprintf(stderr, "%s\n", bare.error().sentence.c_str()); return 1; }
    auto site = Site::open({(*venue)->port(), (*venue)->ca_file()});
    if (!site) { std::fprintf(stderr, "%s\n", site.error().sentence.c_str()); return 1; }
    (*site)->start_cold_threads();
    auto core = Core::start((*site)->house(), uring, 1, bare->get());
    if (!core) { std::fprintf(stderr, "%s\n", core.error().sentence.c_str()); return 1; }
    ks_handle handle;
    if (ks_open(&handle, (*site)->run_dir().c_str(), "risk") != KS_OPENED) { std::fprintf(stderr, "ks_open\n"); return 1; }
    Range range(**venue, **core, handle);
    struct Set { const char* name; Shooting shooting; int n; std::vector<Stations> got; };
    std::vector<Set> sets;
    auto add = [&](const char* name, Task t, u32 shots, i64 idle, Peer peer, int count, bool clear=false, bool evict=false) { sets.push_back({name, {t, shots, Nanos{idle}, peer, clear, evict}, count, {}}); };
    if (!getenv("COLD")) {
    for (u32 s : {1u, 8u, 64u}) {
        static char names[64][40]; static int k = 0;
        auto nm = [&](const char* a) { snprintf(names[k], 40, "%s x%u", a, s); return names[k++]; };
        int c = s == 64 ? n / 4 : n;
        add(nm("engine quiet"), Task::turn, s, 20000, Peer::quiet, c);
        add(nm("bare uring"), Task::bare_uring, s, 20000, Peer::quiet, c);
        add(nm("bare send"), Task::bare_send, s, 20000, Peer::quiet, c);
        add(nm("loop send"), Task::loop_send, s, 20000, Peer::quiet, c);
        add(nm("engine polling"), Task::turn, s, 20000, Peer::polling, c);
    }
    add("ear", Task::ear, 1, 20000, Peer::quiet, n);
    } else {
        add("engine 20us", Task::turn, 1, 20000, Peer::quiet, n);
        add("engine 1ms", Task::turn, 1, 1000000, Peer::quiet, n, true);
        add("engine 10ms", Task::turn, 1, 10000000, Peer::quiet, n/4, true);
        add("engine 100ms", Task::turn, 1, 100000000, Peer::quiet, n/20, true);
        add("engine evicted", Task::turn, 1, 100000, Peer::quiet, n/10, true, true);
        add("bare 10ms", Task::bare_send, 1, 10000000, Peer::quiet, n/4);
        add("bare 100ms", Task::bare_send, 1, 100000000, Peer::quiet, n/20);
    }
    for (int r = 0; r < reps; ++r) for (auto& s : sets) {
        std::fprintf(stderr, "%s ...\n", s.name); auto t0 = monotonic_ns();
        range.begin(s.shooting);
        for (int i = 0; i < s.n + 5; ++i) {
            auto f = range.fire();
            if (!f) { std::fprintf(stderr, "%s: %s\n", s.name, f.error().sentence.c_str()); return 1; }
            if (i >= 5 && f->is_whole) s.got.push_back(*f);
        }
        range.end(); std::fprintf(stderr, "   %.3f s\n", (monotonic_ns()-t0)/1e9);
    }
    for (auto& s : sets) {
        std::vector<float> a[8];
        for (auto& g : s.got) { a[0].push_back(g.seen); a[1].push_back(g.submit-g.seen); a[2].push_back(g.returned-g.submit); a[3].push_back(g.returned); a[4].push_back(g.last_readable); a[5].push_back(g.accepted); a[6].push_back(g.sealed); a[7].push_back(g.confirmed); }
        std::printf("== %s\n", s.name);
        const char* nn[] = {"seen","seen->submit","submit->returned","returned","last readable","accepted","sealed","confirmed"};
        for (int i = 0; i < 8; ++i) if (a[i][0] >= 0 || i < 4) show(nn[i], a[i]);
    }
    core->reset();
    return 0;
}
