/* killswitch_open.h: map and unmap the pages of a run directory. Part of killswitch.h. MIT licence.
 *
 * Why: a wrong or planted file must be refused before a byte of it is believed.
 * Guarantees: follows no link, maps only regular files with one name, long enough. The status
 * page, which only the engine can write, vouches for the others: a stray write to a producer's own
 * page, its head included, never makes that producer unable to pull.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_OPEN_H
#define KILLSWITCH_OPEN_H

enum { KS_PATH_BYTES_MAX = 4096 };

/* One sentence for a human. */
static inline const char* ks_opened_text(enum ks_opened opened) {
    switch (opened) {
    case KS_OPENED:
        return "opened";
    case KS_OPEN_NO_PAGE:
        return "no engine has run here since boot";
    case KS_OPEN_NO_PERMISSION:
        return "the file modes of the run directory do not allow it";
    case KS_OPEN_NO_PRODUCER:
        return "the engine's config does not name this producer";
    case KS_OPEN_WRONG_FILE:
        return "not a page: a link, a special file, or too short";
    case KS_OPEN_WRONG_VERSION:
        return "a page of another version, or retired: open again";
    case KS_OPEN_WRONG_BOOT:
        return "a page of another boot: start the engine";
    }
    return "unknown";
}

/* Maps one page of the run directory. `flags` is O_RDONLY or O_RDWR. */
static inline enum ks_opened ks_map(const char* run_dir, const char* name, const char* suffix,
                                    int flags, size_t bytes, void** page) {
    char path[KS_PATH_BYTES_MAX];
    struct stat facts;
    *page = NULL;
    const int length =
        snprintf(path, sizeof path, "%s/%s%.*s", run_dir, name, KS_NAME_BYTES, suffix);
    if (length < 0 || (size_t)length >= sizeof path) return KS_OPEN_NO_PAGE;
    /* O_NONBLOCK: a planted fifo must not hold us up */
    const int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == EACCES || errno == EPERM)) return KS_OPEN_NO_PERMISSION;
    if (fd < 0) return errno == ELOOP || errno == ENXIO ? KS_OPEN_WRONG_FILE : KS_OPEN_NO_PAGE;
    enum ks_opened opened = KS_OPEN_WRONG_FILE;
    if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_nlink == 1 &&
        (size_t)facts.st_size >= bytes) {
        const int rights = flags == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ;
        void* const mapped = mmap(NULL, bytes, rights, MAP_SHARED | MAP_POPULATE, fd, 0);
        opened = mapped == MAP_FAILED ? KS_OPEN_NO_PERMISSION : KS_OPENED;
        if (opened == KS_OPENED) *page = mapped;
    }
    close(fd);
    return opened;
}

/* The boot id as 16 bytes, from the kernel's text "01234567-89ab-...". Returns 1 when read. */
static inline int ks_boot_id(uint8_t boot_id[16]) {
    char text[36];
    const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t got = read(fd, text, sizeof text);
    close(fd);
    memset(boot_id, 0, 16);
    uint32_t digits = 0;
    for (size_t i = 0; got == (ssize_t)sizeof text && i < sizeof text; ++i) {
        const char c = text[i];
        if (c == '-') continue;
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || digits == 32) return 0;
        boot_id[digits / 2] = (uint8_t)(boot_id[digits / 2] << 4 | digit);
        ++digits;
    }
    return digits == 32;
}

static inline enum ks_opened ks_check_status(const struct ks_status_page* status) {
    uint8_t boot_id[16];
    if (status->head.magic != KS_MAGIC_STATUS || status->head.version != KS_ABI_VERSION ||
        status->head.page_bytes != sizeof *status ||
        __atomic_load_n(&status->head.retired, __ATOMIC_ACQUIRE) != 0)
        return KS_OPEN_WRONG_VERSION;
    if (!ks_boot_id(boot_id) || memcmp(boot_id, status->head.boot_id, sizeof boot_id) != 0)
        return KS_OPEN_WRONG_BOOT;
    return KS_OPENED;
}

static inline void ks_unmap(const void* page, size_t bytes) {
    if (page) munmap((void*)(uintptr_t)page, bytes);
}

/* Gives everything back. A producer's beat becomes 0: gone on purpose. */
static inline void ks_close(struct ks_handle* ks) {
    if (ks->mine) __atomic_store_n(&ks->mine->beat_ns, 0, __ATOMIC_RELEASE);
    for (uint32_t p = 0; p < KS_PRODUCERS_MAX; ++p)
        if (p != ks->producer) ks_unmap(ks->trigger[p], sizeof *ks->trigger[p]);
    ks_unmap(ks->mine, sizeof *ks->mine);
    ks_unmap(ks->gates, sizeof *ks->gates);
    ks_unmap(ks->status, sizeof *ks->status);
    memset(ks, 0, sizeof *ks);
    ks->producer = KS_NONE;
}

/* For order senders: the halt, the other producers' pulls and the gates, as far as modes permit. */
static inline enum ks_opened ks_open_reader(struct ks_handle* ks, const char* run_dir) {
    void* page;
    memset(ks, 0, sizeof *ks);
    ks->producer = KS_NONE;
    enum ks_opened opened = ks_map(run_dir, "status", "", O_RDONLY, sizeof *ks->status, &page);
    ks->status = (const struct ks_status_page*)page;
    if (opened == KS_OPENED) opened = ks_check_status(ks->status);
    if (opened != KS_OPENED) {
        ks_close(ks);
        return opened;
    }
    const uint32_t producers = __atomic_load_n(&ks->status->producers_count, __ATOMIC_ACQUIRE);
    for (uint32_t p = 0; p < producers && p < KS_PRODUCERS_MAX; ++p) {
        (void)ks_map(run_dir, "trigger.", ks->status->producers[p], O_RDONLY,
                     sizeof *ks->trigger[p], &page);
        ks->trigger[p] = (const struct ks_trigger_page*)page;
    }
    (void)ks_map(run_dir, "gates", "", O_RDWR, sizeof *ks->gates, &page);
    ks->gates = (struct ks_gates_page*)page;
    return KS_OPENED;
}

/* For a risk process: the same, and its own trigger page to write to. */
static inline enum ks_opened ks_open(struct ks_handle* ks, const char* run_dir,
                                     const char* producer) {
    void* page;
    enum ks_opened opened = ks_open_reader(ks, run_dir);
    if (opened != KS_OPENED) return opened;
    uint32_t index = 0;
    while (index < KS_PRODUCERS_MAX &&
           strncmp(ks->status->producers[index], producer, KS_NAME_BYTES) != 0)
        ++index;
    if (index == KS_PRODUCERS_MAX || producer[0] == 0) {
        ks_close(ks);
        return KS_OPEN_NO_PRODUCER;
    }
    opened = ks_map(run_dir, "trigger.", producer, O_RDWR, sizeof *ks->mine, &page);
    if (opened != KS_OPENED) {
        ks_close(ks);
        return opened;
    }
    ks_unmap(ks->trigger[index], sizeof *ks->trigger[index]);
    ks->mine = (struct ks_trigger_page*)page;
    ks->trigger[index] = ks->mine;
    ks->producer = index;
    return KS_OPENED;
}

#endif
