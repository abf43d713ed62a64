/*
 * tcg: a plugin for QEMU's TCG that counts guest instructions.
 *
 *	-plugin tcg.so,marks=file[,prof=file,kernel=elf,bin=dir]
 *
 * A guest program marks the start (1) and the end (2) of what is measured by an
 * instruction that does nothing, 0f 1f 80 id 'M' 'R' 'K' (nopl).  For
 * each mark a line goes to marks: the id, the instructions executed so far,
 * and the processor time that QEMU has used, in nanoseconds.
 *
 * With prof, all that runs between the marks is counted by function and by
 * the stack of calls that led there; at each end mark the file is written
 * anew: a line is program;function;function count, the kernel's functions with
 * [k] behind their names.
 *
 * QEMU lets a plugin see no register.  What is needed is had otherwise:
 * - a function's name by the address of the code, translation by translation;
 *   for a user program, by the bytes of the whole page too, which tell the
 *   program: all lie at the same addresses.
 * - the call stack by the addresses at which call instructions store and
 *   return instructions load: a return from a slot ends the calls with lower
 *   slots, so that what was missed heals.
 * - the process by the kernel stack (of 16 KiB, in slots of 32 KiB) that the
 *   kernel's calls and returns use; a context switch ends in a return on
 *   another stack.  A function of the kernel begun by a return is a new process.
 * Entries to the kernel have no call: its functions are put on the stack of
 * the user function that they interrupt.
 *
 * All guest processors run in one thread of QEMU, so nothing is locked.
 * Instructions of a translated block that a fault cut short are counted
 * whole.  Memory lasts as long as QEMU; without memory it stops.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* what QEMU 7.2 offers, version 1 of its interface */
#define PUBLIC __attribute__((visibility("default")))
typedef struct qemu_plugin_tb Tb;
typedef struct qemu_plugin_insn Insn;
enum { Cbnoregs = 0, Memany = 3 };	/* asked for loads alone it tells of none */
PUBLIC int qemu_plugin_version = 1;
PUBLIC int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*f)(uint64_t id, Tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(Tb*, void (*f)(unsigned cpu, void*), int flags, void*);
void qemu_plugin_register_vcpu_tb_exec_inline(Tb*, int op, void *p, uint64_t n);
void qemu_plugin_register_vcpu_insn_exec_cb(Insn*, void (*f)(unsigned cpu, void*), int flags, void*);
void qemu_plugin_register_vcpu_mem_cb(Insn*, void (*f)(unsigned cpu, uint32_t info, uint64_t va, void*), int flags, int rw, void*);
size_t qemu_plugin_tb_n_insns(const Tb*);
uint64_t qemu_plugin_tb_vaddr(const Tb*);
Insn *qemu_plugin_tb_get_insn(const Tb*, size_t i);
const void *qemu_plugin_insn_data(const Insn*);
size_t qemu_plugin_insn_size(const Insn*);
_Bool qemu_plugin_mem_is_store(uint32_t info);
void *qemu_plugin_insn_haddr(const Insn*);

enum {
	Page = 4096,
	Stackslot = 32*1024,
	Maxdepth = 1024,
	Nhash = 4096,
	Maxcpu = 16,
};

typedef struct Sym Sym;
typedef struct Image Image;
typedef struct Node Node;
typedef struct Frames Frames;
typedef struct Proc Proc;
typedef struct Cpu Cpu;
typedef struct Block Block;

struct Sym {
	uint64_t addr;
	char *name;
};

struct Image {	/* the kernel, or a user program */
	Image *next;
	char *name;
	uint8_t *text;		/* what the file has for addresses from..to */
	uint64_t from, to;
	Sym *sym;		/* by address */
	int nsym;
	Node *root;		/* of the calls of its processes */
};

struct Node {	/* a function, called in one way */
	Node *parent, *sibling, *child;
	Sym *sym;
	uint64_t count;
};

struct Frames {	/* calls that have not returned, the latest last */
	struct {
		uint64_t slot;		/* where the return address lies */
		Node *node;		/* who called */
	} call[Maxdepth];
	int n;
};

struct Proc {	/* what uses one kernel stack */
	Proc *next;
	uint64_t stack;		/* its addresses / Stackslot */
	Image *image;		/* the program, the kernel when there is none */
	Node *user;		/* where it left user mode */
	Frames kcalls, ucalls;
};

struct Cpu {	/* a processor */
	Proc *proc;
	Node *cur;		/* what runs */
	int inuser;
	enum { Jump, Call, Return } how;	/* the next block is reached; Return: from no call that was seen */
};

struct Block {	/* a translated block of code */
	Image *image;
	Sym *sym;
	uint64_t va;
	uint64_t n;		/* instructions */
};

static FILE *marks;
static char *profname;
static Image *kernel, *images;
static Sym unknown = { 0, "?" };
static uint64_t total;
static Proc *procs[Nhash];
static Cpu cpus[Maxcpu], *last = cpus;	/* which ran last */
static int on;			/* between marks */

static void *need(void *p)
{
	if(p == NULL){
		fprintf(stderr, "tcg: no memory\n");
		exit(1);
	}
	return p;
}

/* ---- programs */
static int symcmp(const void *a, const void *b)
{
	const Sym *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

static void symsread(Image *im, uint8_t *file, Elf64_Shdr *tab, char *names)
{
	Elf64_Sym *s = (Elf64_Sym*)(file + tab->sh_offset), *e = s + tab->sh_size / sizeof *s;
	int type;

	im->sym = need(malloc((e-s+1) * sizeof(Sym)));
	for(; s < e; s++){
		type = ELF64_ST_TYPE(s->st_info);
		if(s->st_value < im->from || s->st_value >= im->to || s->st_name == 0)
			continue;
		if(type == STT_FUNC || (type == STT_NOTYPE && names[s->st_name] != '.'))
			im->sym[im->nsym++] = (Sym){ s->st_value, names + s->st_name };
	}
	qsort(im->sym, im->nsym, sizeof(Sym), symcmp);
}

/* maps an ELF file of the build; nil when it is none.  The build is trusted. */
static Image *imageopen(char *path)
{
	Elf64_Phdr *ph;
	Elf64_Shdr *sh;
	Elf64_Ehdr *h;
	struct stat st;
	uint8_t *file;
	Image *im;
	int fd, i;

	fd = open(path, O_RDONLY);
	if(fd < 0 || fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof *h)
		return NULL;
	file = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	h = (Elf64_Ehdr*)file;
	if(file == MAP_FAILED || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return NULL;
	im = need(calloc(1, sizeof *im));
	im->name = need(strdup(strrchr(path, '/') ? strrchr(path, '/')+1 : path));
	ph = (Elf64_Phdr*)(file + h->e_phoff);
	for(i = 0; i < h->e_phnum; i++)
		if(ph[i].p_type == PT_LOAD && ph[i].p_flags & PF_X){
			im->text = file + ph[i].p_offset;
			im->from = ph[i].p_vaddr;
			im->to = ph[i].p_vaddr + ph[i].p_filesz;
		}
	sh = (Elf64_Shdr*)(file + h->e_shoff);
	for(i = 0; i < h->e_shnum; i++)
		if(sh[i].sh_type == SHT_SYMTAB)
			symsread(im, file, &sh[i], (char*)file + sh[sh[i].sh_link].sh_offset);
	im->root = need(calloc(1, sizeof(Node)));
	im->root->sym = need(calloc(1, sizeof(Sym)));
	im->root->sym->name = im->name;
	return im;
}

static void imagesopen(char *dir)
{
	char path[4096];
	struct dirent *e;
	Image *im;
	DIR *d;

	d = opendir(dir);
	while(d != NULL && (e = readdir(d)) != NULL){
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		im = e->d_name[0] == '.' ? NULL : imageopen(path);
		if(im != NULL){
			im->next = images;
			images = im;
		}
	}
	if(d != NULL)
		closedir(d);
}

/* is page, of which address va is part, the program's? */
static int pageof(Image *im, uint64_t va, uint8_t *page)
{
	uint64_t at = va & ~(uint64_t)(Page-1), n;

	if(va < im->from || va >= im->to || at < im->from)
		return 0;
	n = im->to - at < Page ? im->to - at : Page;
	return memcmp(im->text + (at - im->from), page, n) == 0;
}

static Image *imageof(uint64_t va, uint8_t *code)
{
	uint8_t *page = (uint8_t*)((uintptr_t)code & ~(uintptr_t)(Page-1));
	Image *im;

	if(va >> 63)
		return kernel;
	if(code == NULL)
		return NULL;
	if(last->proc->image != kernel && pageof(last->proc->image, va, page))
		return last->proc->image;
	for(im = images; im != NULL; im = im->next)
		if(pageof(im, va, page))
			return im;
	return NULL;
}

static Sym *symof(Image *im, uint64_t va)
{
	int lo, hi, mid;

	if(im == NULL || im->nsym == 0 || va < im->sym[0].addr || va >= im->to)
		return &unknown;
	for(lo = 0, hi = im->nsym; hi - lo > 1; ){
		mid = (lo + hi) / 2;
		if(im->sym[mid].addr <= va)
			lo = mid;
		else
			hi = mid;
	}
	return &im->sym[lo];
}

/* ---- calls */
static Node *child(Node *parent, Sym *sym)
{
	Node *n, **last;

	for(last = &parent->child; (n = *last) != NULL; last = &n->sibling)
		if(n->sym == sym)
			return n;
	n = *last = need(calloc(1, sizeof *n));
	n->parent = parent;
	n->sym = sym;
	return n;
}

static Proc *procof(uint64_t stack)
{
	Proc *p, **h = &procs[stack % Nhash];

	for(p = *h; p != NULL; p = p->next)
		if(p->stack == stack)
			return p;
	p = need(calloc(1, sizeof *p));
	p->stack = stack;
	p->image = kernel;
	p->next = *h;
	return *h = p;
}

/* the calls of what c runs; in the kernel the stack that va is on tells whose they are */
static Frames *frames(Cpu *c, uint64_t va)
{
	if(c->inuser)
		return &c->proc->ucalls;
	if(va/Stackslot != c->proc->stack)
		c->proc = procof(va/Stackslot);
	return &c->proc->kcalls;
}

static void called(unsigned cpu, uint32_t info, uint64_t va, void *arg)
{
	Cpu *c = &cpus[cpu];
	Frames *f;

	(void)arg;
	if(!qemu_plugin_mem_is_store(info))
		return;		/* the pointer that is called through */
	f = frames(c, va);
	while(f->n > 0 && f->call[f->n-1].slot <= va)
		f->n--;
	if(f->n < Maxdepth){
		f->call[f->n].slot = va;
		f->call[f->n++].node = c->cur;
	}
	c->how = Call;
}

static void returned(unsigned cpu, uint32_t info, uint64_t va, void *arg)
{
	Cpu *c = &cpus[cpu];
	Frames *f;

	(void)info;
	(void)arg;
	f = frames(c, va);
	while(f->n > 0 && f->call[f->n-1].slot < va)
		f->n--;
	if(f->n > 0 && f->call[f->n-1].slot == va)
		c->cur = f->call[--f->n].node;
	else
		c->how = Return;
}

/* the first block of code after user mode, or of it */
static void crossed(Cpu *c, Block *b)
{
	Proc *p = c->proc;

	c->inuser = !c->inuser;
	if(!c->inuser){
		p->user = c->cur;
		p->kcalls.n = 0;
		c->cur = child(c->cur, b->sym);
		return;
	}
	if(b->image != NULL && b->image != p->image){
		p->image = b->image;
		p->ucalls.n = 0;
		p->user = NULL;
	}
	c->cur = p->user != NULL ? p->user : child(p->image->root, b->sym);
}

static void procstart(Cpu *c, Block *b)
{
	c->proc->image = kernel;
	c->proc->user = NULL;
	c->proc->kcalls.n = c->proc->ucalls.n = 0;
	c->cur = child(kernel->root, b->sym);
}

static void executed(unsigned cpu, void *arg)
{
	Cpu *c = &cpus[cpu];
	Block *b = arg;

	last = c;
	if(c->inuser != !(b->va >> 63))
		crossed(c, b);
	else if(c->how == Return && b->va == b->sym->addr && !c->inuser)
		procstart(c, b);
	else if(c->how == Call)
		c->cur = child(c->cur, b->sym);
	if(c->cur->sym != b->sym)
		c->cur = child(c->cur->parent != NULL ? c->cur->parent : c->cur, b->sym);
	c->how = Jump;
	if(on)
		c->cur->count += b->n;
}

/* ---- what is written */
static void clear(Node *n)
{
	for(; n != NULL; n = n->sibling){
		n->count = 0;
		clear(n->child);
	}
}

static void write1(FILE *f, Node *n, char *path, size_t len, size_t max)
{
	size_t m;

	for(; n != NULL; n = n->sibling){
		m = len + snprintf(path + len, max - len, ";%s%s", n->sym->name, n->sym->addr >> 63 ? "[k]" : "");
		if(m >= max)
			m = max-1;
		if(n->count != 0)
			fprintf(f, "%s %" PRIu64 "\n", path, n->count);
		write1(f, n->child, path, m, max);
	}
}

static void profwrite(void)
{
	static char path[65536];
	Image *im;
	FILE *f;

	f = fopen(profname, "w");
	if(f == NULL){
		fprintf(stderr, "tcg: cannot write %s\n", profname);
		exit(1);
	}
	for(im = images; im != NULL; im = im->next)
		write1(f, im->root->child, path, snprintf(path, sizeof path, "%s", im->name), sizeof path);
	fclose(f);
}

static void marked(unsigned cpu, void *arg)
{
	struct timespec ts;
	Image *im;

	(void)cpu;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	fprintf(marks, "%d %" PRIu64 " %" PRIu64 "\n", (int)(intptr_t)arg, total,
		ts.tv_sec*(uint64_t)1000000000 + ts.tv_nsec);
	fflush(marks);
	if(profname == NULL)
		return;
	if((intptr_t)arg == 1){
		for(im = images; im != NULL; im = im->next)
			clear(im->root);
		on = 1;
	}else if(on){
		on = 0;
		profwrite();
	}
}

/* ---- translation */
static int iscall(const uint8_t *p, size_t n)
{
	while(n > 1 && (*p >> 4 == 4 || *p == 0x3e || *p == 0xf2))
		p++, n--;
	return *p == 0xe8 || (n > 1 && *p == 0xff && (p[1]>>3 & 7) == 2);
}

static int isreturn(const uint8_t *p, size_t n)
{
	if(n == 2 && (*p == 0xf3 || *p == 0xf2))
		p++;
	return *p == 0xc3 || *p == 0xc2;
}

static void profblock(Tb *tb, size_t n)
{
	Insn *last = qemu_plugin_tb_get_insn(tb, n-1);
	const uint8_t *p = qemu_plugin_insn_data(last);
	Block *b = need(calloc(1, sizeof *b));

	b->va = qemu_plugin_tb_vaddr(tb);
	b->n = n;
	b->image = imageof(b->va, qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0)));
	b->sym = symof(b->image, b->va);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, Cbnoregs, b);
	if(iscall(p, qemu_plugin_insn_size(last)))
		qemu_plugin_register_vcpu_mem_cb(last, called, Cbnoregs, Memany, NULL);
	else if(isreturn(p, qemu_plugin_insn_size(last)))
		qemu_plugin_register_vcpu_mem_cb(last, returned, Cbnoregs, Memany, NULL);
}

static void translated(uint64_t id, Tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	const uint8_t *p;
	Insn *in;

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &total, n);
	for(i = 0; i < n; i++){
		in = qemu_plugin_tb_get_insn(tb, i);
		p = qemu_plugin_insn_data(in);
		if(qemu_plugin_insn_size(in) == 7 && memcmp(p, "\x0f\x1f\x80", 3) == 0 && memcmp(p+4, "MRK", 3) == 0)
			qemu_plugin_register_vcpu_insn_exec_cb(in, marked, Cbnoregs, (void*)(intptr_t)p[3]);
	}
	if(profname != NULL)
		profblock(tb, n);
}

PUBLIC int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for(i = 0; i < argc; i++)
		if(strncmp(argv[i], "marks=", 6) == 0)
			marks = fopen(argv[i]+6, "w");
		else if(strncmp(argv[i], "prof=", 5) == 0)
			profname = need(strdup(argv[i]+5));
		else if(strncmp(argv[i], "kernel=", 7) == 0)
			kernel = imageopen(argv[i]+7);
		else if(strncmp(argv[i], "bin=", 4) == 0)
			imagesopen(argv[i]+4);
	if(marks == NULL || (profname != NULL && kernel == NULL)){
		fprintf(stderr, "tcg: needs marks=file, and kernel= with prof=\n");
		return -1;
	}
	if(kernel != NULL){
		kernel->name = kernel->root->sym->name = "kernel";
		kernel->next = images;
		images = kernel;
		for(i = 0; i < Maxcpu; i++){
			cpus[i].proc = procof(i);
			cpus[i].cur = child(kernel->root, &unknown);
		}
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
