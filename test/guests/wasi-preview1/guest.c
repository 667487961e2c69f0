/* A guest in plain C on wasi-libc: what a program built for WASI preview 1 sees of its host. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char answer[65536];
static size_t answered;

struct string {
  char *bytes;
  size_t length;
};
static struct string returned;

static void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  answered += vsnprintf(answer + answered, sizeof answer - answered, format, args);
  va_end(args);
  if (answered >= sizeof answer) answered = sizeof answer - 1;
}

static void say_error(void) { say("%s", strerror(errno)); }

static void read_file(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) return say_error();
  answered += fread(answer, 1, sizeof answer - 1, file);
  fclose(file);
}

/* Reads from the middle, as a model's lookup table would be read. */
static void read_at(const char *path) {
  int file = open(path, O_RDONLY);
  char bytes[4] = {0};
  if (file < 0 || lseek(file, 4, SEEK_SET) != 4 || read(file, bytes, 2) != 2) return say_error();
  say("%s ", bytes);
  if (pread(file, bytes, 2, 1) != 2) return say_error();
  say("%s %lld", bytes, (long long)lseek(file, 0, SEEK_END));
  close(file);
}

static void write_file(const char *path, int flags) {
  int file = open(path, flags, 0600);
  if (file < 0) return say_error();
  if (write(file, "x", 1) != 1) return say_error();
  say("written");
}

static void list(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) return say_error();
  for (struct dirent *entry; (entry = readdir(folder));)
    say("%s%s\n", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
  closedir(folder);
}

static void stat_file(const char *path) {
  struct stat found;
  if (stat(path, &found)) return say_error();
  say("%s %lld", S_ISDIR(found.st_mode) ? "folder" : "file", (long long)found.st_size);
}

static void clocks(void) {
  struct timespec wall, before, after, pause = {0, 20000000};
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &before);
  nanosleep(&pause, NULL);
  clock_gettime(CLOCK_MONOTONIC, &after);
  say("%lld %lld", (long long)wall.tv_sec,
      (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000);
}

static void run(char *command) {
  char *argument = strchr(command, ' ');
  if (argument) *argument++ = 0;
  if (!strcmp(command, "print")) {
    printf("%s\n", argument);
    fprintf(stderr, "error: %s\n", argument);
    printf("no line end");
    fflush(stdout);
  } else if (!strcmp(command, "flood")) {
    for (int line = 0; line < 100000; line++) printf("line %d of a flood\n", line);
  } else if (!strcmp(command, "stdin")) {
    say("%d", getchar());
  } else if (!strcmp(command, "getenv")) {
    const char *value = getenv(argument);
    say("%s", value ? value : "(none)");
  } else if (!strcmp(command, "environ")) {
    extern char **environ;
    for (char **each = environ; each && *each; each++) say("%s\n", *each);
  } else if (!strcmp(command, "clocks")) {
    clocks();
  } else if (!strcmp(command, "sleep")) {
    sleep(atoi(argument));
    say("awake");
  } else if (!strcmp(command, "random")) {
    uint64_t number;
    if (getentropy(&number, sizeof number)) return say_error();
    say("%016llx", number);
  } else if (!strcmp(command, "read")) {
    read_file(argument);
  } else if (!strcmp(command, "read-at")) {
    read_at(argument);
  } else if (!strcmp(command, "list")) {
    list(argument);
  } else if (!strcmp(command, "stat")) {
    stat_file(argument);
  } else if (!strcmp(command, "create")) {
    write_file(argument, O_WRONLY | O_CREAT);
  } else if (!strcmp(command, "overwrite")) {
    write_file(argument, O_WRONLY | O_TRUNC);
  } else if (!strcmp(command, "append")) {
    write_file(argument, O_RDWR | O_APPEND);
  } else if (!strcmp(command, "remove")) {
    if (unlink(argument)) say_error();
  } else if (!strcmp(command, "mkdir")) {
    if (mkdir(argument, 0700)) say_error();
  } else if (!strcmp(command, "rename")) {
    if (rename(argument, "/data/renamed")) say_error();
  } else if (!strcmp(command, "symlink")) {
    if (symlink("/etc/passwd", argument)) say_error();
  } else if (!strcmp(command, "exit")) {
    exit(atoi(argument));
  } else {
    say("unknown command");
  }
}

__attribute__((export_name("sandpiper:probe/probe#run"))) struct string *
probe_run(char *bytes, size_t length) {
  char *command = strndup(bytes, length);
  run(command);
  free(command);
  fflush(stdout);
  returned = (struct string){answer, answered};
  return &returned;
}

__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t align,
                                                                 size_t size) {
  (void)old_size, (void)align;
  return realloc(old, size);
}
