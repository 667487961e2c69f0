/*
 * A command that does what its arguments say, one thing and `then` another, for the tests of `sandpiper run`: as a core module and as a component,
 * see build.sh.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* By which the adapter for preview 1 gets its memory; without it that is the heap's own first page. */
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  (void)old_size;
  (void)align;
  return realloc(old, size);
}

static int cat(int from) {
  static char buffer[65536];
  for (;;) {
    ssize_t got = read(from, buffer, sizeof(buffer));
    if (got <= 0) return got < 0;
    for (ssize_t at = 0; at < got;) {
      ssize_t put = write(1, buffer + at, got - at);
      if (put < 0) return 3;
      at += put;
    }
  }
}

static int told(int result) {
  printf("%s\n", result < 0 ? strerror(errno) : "done");
  return 0;
}

/* One command: what to do, and with what. */
static int perform(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  const char *with = count > 2 ? arguments[2] : "";
  if (strcmp(what, "args") == 0) {
    for (int i = 0; i < count; i++) printf("%s\n", arguments[i]);
  } else if (strcmp(what, "env") == 0) {
    for (char **each = environ; *each; each++) printf("%s\n", *each);
  } else if (strcmp(what, "cat") == 0) {
    int file = count > 2 ? open(with, O_RDONLY) : 0;
    if (file < 0) return told(file);
    return cat(file);
  } else if (strcmp(what, "zeroes") == 0) {
    static char zeroes[1000000];
    for (int i = atoi(with); i > 0; i--)
      if (write(1, zeroes, sizeof(zeroes)) < 0) return 3;
  } else if (strcmp(what, "list") == 0) {
    DIR *folder = opendir(with);
    if (!folder) return told(-1);
    for (struct dirent *entry; (entry = readdir(folder));) printf("%s %d\n", entry->d_name, entry->d_type);
  } else if (strcmp(what, "size") == 0) {
    struct stat found;
    if (stat(with, &found) < 0) return told(-1);
    printf("%lld\n", (long long)found.st_size);
  } else if (strcmp(what, "tail") == 0) {
    FILE *file = fopen(with, "rb");
    char end[5] = {0};
    if (!file || fseek(file, -4, SEEK_END) < 0 || fread(end, 1, 4, file) != 4) return told(-1);
    printf("%s at %ld\n", end, ftell(file));
  } else if (strcmp(what, "write") == 0) {
    return told(open(with, O_WRONLY | O_CREAT, 0644));
  } else if (strcmp(what, "fill") == 0 || strcmp(what, "append") == 0) {
    FILE *file = fopen(with, what[0] == 'f' ? "wb" : "ab");
    static char buffer[65536];
    int got;
    if (!file) return told(-1);
    while ((got = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
      if (fwrite(buffer, 1, got, file) != (size_t)got) return told(-1);
    if (fclose(file) != 0) return told(-1);
  } else if (strcmp(what, "poke") == 0) {
    FILE *file = fopen(with, "r+b");
    if (!file || fseek(file, 3, SEEK_SET) < 0 || fputs("XY", file) < 0 || fclose(file) != 0) return told(-1);
  } else if (strcmp(what, "shorten") == 0) {
    return told(truncate(with, 2));
  } else if (strcmp(what, "rename") == 0) {
    char to[256];
    snprintf(to, sizeof(to), "%s.new", with);
    return told(rename(with, to));
  } else if (strcmp(what, "rmdir") == 0) {
    return told(rmdir(with));
  } else if (strcmp(what, "unlink") == 0) {
    return told(unlink(with));
  } else if (strcmp(what, "mkdir") == 0) {
    return told(mkdir(with, 0755));
  } else if (strcmp(what, "stderr") == 0) {
    fprintf(stderr, "%s\n", with);
  } else if (strcmp(what, "clocks") == 0) {
    struct timespec before, after, nap = {0, 20000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long long slept = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
    printf("%lld %lld\n", (long long)time(NULL), slept / 1000000);
  } else if (strcmp(what, "random") == 0) {
    unsigned char bytes[8];
    getentropy(bytes, sizeof(bytes));
    for (int i = 0; i < 8; i++) printf("%02x", bytes[i]);
  } else if (strcmp(what, "exit") == 0) {
    return atoi(with);
  } else if (strcmp(what, "trap") == 0) {
    __builtin_trap();
  } else if (strcmp(what, "spin") == 0) {
    for (volatile int i = 0;; i++);
  } else if (strcmp(what, "sleep") == 0) {
    sleep(atoi(with));
  } else if (strcmp(what, "allocate") == 0) {
    char *volatile block = malloc((size_t)atoi(with) << 20);
    if (!block) return told(-1);
    memset(block, 1, (size_t)atoi(with) << 20);
    printf("%d\n", block[(size_t)atoi(with) << 19]);
  } else {
    return 64;
  }
  return 0;
}

int main(int count, char **arguments) {
  int first = 0;
  for (int i = 1; i <= count; i++) {
    if (i < count && strcmp(arguments[i], "then") != 0) continue;
    int status = perform(i - first, arguments + first);
    fflush(stdout);
    if (status != 0 || i == count) return status;
    first = i;
  }
  return 0;
}
