#include "report_json.hpp"

#include "report_text.hpp"

namespace ks::bench {
namespace {

// An object or a list under construction: knows when a comma is due.
class Json {
public:
    explicit Json(char open) : text_(1, open) {}
    Json& add(std::string_view key, const std::string& value) {
        return add(json_quoted(key) + ":" + value);
    }
    Json& add(const std::string& value) {
        if (text_.size() > 1) text_ += ',';
        text_ += value;
        return *this;
    }
    std::string close() const { return text_ + (text_[0] == '{' ? '}' : ']'); }

private:
    std::string text_;
};

std::string number(double value) {
    return fixed(value, 4);
}
std::string ns(double value) {
    return fixed(value, 0);
}
std::string boolean(bool value) {
    return value ? "true" : "false";
}

std::string strings(const std::vector<std::string>& texts) {
    Json list('[');
    for (const std::string& text : texts) list.add(json_quoted(text));
    return list.close();
}

std::string noise_list(const std::vector<Noise>& noises) {
    Json list('[');
    for (const Noise& noise : noises)
        list.add(Json('{')
                     .add("cpu", std::to_string(noise.cpu))
                     .add("gaps_per_second", number(noise.gaps_per_second))
                     .add("p50_gap_ns", ns(noise.p50_gap_ns))
                     .add("p99_gap_ns", ns(noise.p99_gap_ns))
                     .add("max_gap_ns", ns(noise.max_gap_ns))
                     .add("lost_share", number(noise.lost_share))
                     .close());
    return list.close();
}

std::string host_object(const HostFacts& host) {
    Json weak('{');
    for (const Vulnerability& one : host.vulnerabilities)
        weak.add(one.name, json_quoted(one.mitigation));
    return Json('{')
        .add("cpu_model", json_quoted(host.cpu_model))
        .add("cpus_count", std::to_string(host.cpus_count))
        .add("kernel", json_quoted(host.kernel))
        .add("governor", json_quoted(host.governor))
        .add("isolated_cpus", json_quoted(host.isolated_cpus))
        .add("nohz_full_cpus", json_quoted(host.nohz_full_cpus))
        .add("clock_source", json_quoted(host.clock_source))
        .add("tsc_flags", json_quoted(host.tsc_flags))
        .add("hypervisor", json_quoted(host.hypervisor))
        .add("smt", json_quoted(host.smt))
        .add("memory", json_quoted(host.memory))
        .add("io_uring", json_quoted(host.io_uring))
        .add("wolfssl", json_quoted(host.wolfssl))
        .add("wolfssl_aes", json_quoted(host.wolfssl_aes))
        .add("openssl", json_quoted(host.openssl))
        .add("vulnerabilities", weak.close())
        .close();
}

std::string figure_object(const Figure& figure) {
    const Percentiles p = percentiles(figure.repetitions_ns);
    Json curve('[');
    for (const CurvePoint& point : percentile_curve(figure.repetitions_ns))
        curve.add("[" + fixed(point.percent, 4) + "," + ns(point.ns) + "]");
    return Json('{')
        .add("group", json_quoted(figure.group))
        .add("name", json_quoted(figure.name))
        .add("scenario", json_quoted(figure.scenario))
        .add("shots", std::to_string(figure.shots))
        .add("idle_ns", std::to_string(figure.idle_ns))
        .add("net", json_quoted(figure.net))
        .add("note", json_quoted(figure.note))
        .add("repetitions", std::to_string(figure.repetitions_ns.size()))
        .add("count", std::to_string(p.count))
        .add("min_ns", ns(p.min_ns))
        .add("p50_ns", ns(p.p50_ns))
        .add("p90_ns", ns(p.p90_ns))
        .add("p99_ns", ns(p.p99_ns))
        .add("p999_ns", p.has_p999() ? ns(p.p999_ns) : "null")
        .add("max_ns", ns(p.max_ns))
        .add("curve", curve.close())
        .close();
}

std::string check_object(const Check& check) {
    return Json('{')
        .add("name", json_quoted(check.name))
        .add("left", json_quoted(check.left))
        .add("right", json_quoted(check.right))
        .add("ratio", check.ratio == 0 ? "null" : number(check.ratio))
        .add("side", json_quoted(check.side))
        .add("bound", number(check.bound))
        .add("goal", check.goal == 0 ? "null" : number(check.goal))
        .add("is_met", boolean(check.is_met()))
        .add("is_goal_met", boolean(check.is_goal_met()))
        .add("explanation", json_quoted(check.explanation))
        .close();
}

} // namespace

std::string json_report(const Results& results) {
    Json figures('[');
    for (const Figure& figure : results.figures) figures.add("\n" + figure_object(figure));
    Json checks('[');
    for (const Check& check : results.checks) checks.add("\n" + check_object(check));
    const Quiet& quiet = results.quiet;
    return Json('{')
               .add("schema", json_quoted("killswitch.bench/1"))
               .add("version", json_quoted(results.version))
               .add("date", json_quoted(results.date))
               .add("command", json_quoted(results.command))
               .add("host", host_object(results.host))
               .add("noise_before", noise_list(results.noise_before))
               .add("noise_after", noise_list(results.noise_after))
               .add("others_share", quiet.is_known ? number(quiet.others_share) : "null")
               .add("steal_share", quiet.is_known ? number(quiet.steal_share) : "null")
               .add("figures", figures.close())
               .add("checks", checks.close())
               .add("skipped", strings(results.skipped))
               .add("omitted", strings(results.omitted))
               .close() +
           "\n";
}

} // namespace ks::bench
