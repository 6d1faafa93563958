/* Trains one network where there is no Python: see emulated.py, which writes what it reads.

   In come a Training of kernel.c, word by word, a number of bytes before each (0: the word is a value and follows; else
   so many bytes follow, and the word is their place), then the epochs behind it and to come, and the learning rates.
   Out go what `train` returned, the curves and all those bytes. `train` is compiled in where NAME says which one it is;
   else `driver LIBRARY FUNCTION` takes it from a shared library. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef int64_t Train(const void *training, int64_t epoch, int64_t epochs, const double *alphas, double *curves);

#ifdef NAME
Train NAME(train);
static void *find(char **words) { return (void *)(words ? NAME(train) : NULL); }
#elif defined(_WIN32)
#include <windows.h>
static void *find(char **words) { return (void *)GetProcAddress(LoadLibraryA(words[1]), words[2]); }
#else
#include <dlfcn.h>
static void *find(char **words)
{
    void *library = dlopen(words[1], RTLD_NOW);
    if (!library) fprintf(stderr, "%s\n", dlerror());
    return library ? dlsym(library, words[2]) : NULL;
}
#endif
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

static void *taken(size_t bytes)
{
    void *place = calloc(1, bytes + 1);
    if (!place || fread(place, 1, bytes, stdin) != bytes) exit(3);
    return place;
}

static int64_t number(void) { return *(int64_t *)taken(8); }

int main(int count, char **arguments)
{
#ifdef _WIN32
    _setmode(0, _O_BINARY), _setmode(1, _O_BINARY); /* else a line's end is two bytes */
#endif
    Train *train = (Train *)find(arguments);
    if (!train) return 2;
    int64_t words = number(), sizes[64], training[64];
    for (int64_t i = 0; i < words; i++) {
        sizes[i] = number();
        training[i] = sizes[i] ? (int64_t)(intptr_t)taken((size_t)sizes[i]) : number();
    }
    int64_t epoch = number(), epochs = number();
    double *alphas = taken(8 * (size_t)epochs), *curves = calloc((size_t)epochs, 32);
    int64_t done = train(training, epoch, epochs, alphas, curves);
    fwrite(&done, 8, 1, stdout);
    fwrite(curves, 32, (size_t)epochs, stdout);
    for (int64_t i = 0; i < words; i++)
        if (sizes[i]) fwrite((void *)(intptr_t)training[i], 1, (size_t)sizes[i], stdout);
    return fflush(stdout) != 0;
}
