/*
 * pc.h: between the files of pc/.  Include after mach.h (and x86.h).
 */
#pragma once

/* what the boot loader told: bootinfo.c */
typedef struct Bootinfo Bootinfo;
typedef struct Bootrange Bootrange;
typedef struct Screeninfo Screeninfo;

enum {
	NBOOTRANGE = 128,
	NBOOTMOD = 8,
	BOOTARGSZ = 2048,
	RamFree = 1,		/* the types of memory map entries, ACPI 6 table 15.4 */
	RamAcpi = 3,
	RamNvs = 4,
};
struct Bootrange { u64int base, len; u32int type; };
struct Screeninfo {		/* a linear frame buffer, depth 0: none */
	u64int pa;
	u32int pitch, width, height;
	int depth;		/* bits a pixel */
	u8int red, green, blue;	/* lowest bit of each; 8 bits wide */
	u8int text;		/* a text buffer of width×height cells instead */
};
struct Bootinfo {
	Bootrange map[NBOOTRANGE];
	int nmap;
	struct { u64int pa, len; } mod[NBOOTMOD];
	int nmod;
	u64int rsdppa;		/* or 0 */
	uchar rsdp[36];		/* a copy of the table, when rsdplen > 0 */
	int rsdplen;
	Screeninfo screen;
};
extern Bootinfo bootinfo;
void bootinforead(u32int magic, u64int info);	/* before anything else uses memory */

/* memmap.c: physical memory until port/page.c takes over */
enum { NUSABLE = 64 };
void memmapinit(void);
u64int bootalloc(usize npages);	/* zeroed; never given back.  Panics when there is none, or after bootallocend */
void bootallocend(void);
int ramusable(u64int pa, u64int n);	/* was free memory at boot */

/* the processor: cpu.c */
typedef struct Cpufeat Cpufeat;
struct Cpufeat {
	u8int smep, smap, umip, pge, gbpage, pat, x2apic, tscdeadline, tscadjust, tscinvariant;
	u8int rdrand, rdseed, xsave;
	u32int maxleaf;
	u32int maxhyper;	/* highest hypervisor leaf, or 0 */
	u32int sig;		/* family, model, stepping */
	char vendor[13];
	char name[49];
};
extern Cpufeat cpufeat;
void cpufeatinit(void);
void cpusetup(void);		/* control registers of this processor */
void smappatch(void);		/* stac and clac into the text, while it can be written */

/* a processor's own memory; its Cpu is the first member */
typedef struct Pccpu Pccpu;
typedef struct Tss Tss;
struct Tss {
	u32int pad0;
	u64int rsp[3];
	u64int pad1;
	u64int ist[7];
	u64int pad2;
	u16int pad3;
	u16int iomap;
} __attribute__((packed));

struct Pccpu {
	Cpu cpu;
	Tss tss;
	u64int gdt[7];
	s64int tscoff;		/* added to this processor's TSC to agree with processor 0's */
	u8int lazymmu;		/* the process that cpu.mmu belongs to does not run here now */
	int stage;		/* smp.c: how far it has come */
	uchar *iststk;		/* its interrupt stacks */
	Ureg *stopped;		/* its registers, after a panic elsewhere */
};
extern Pccpu cpu0;
static inline Pccpu *pccpu(void) { return (Pccpu*)thiscpu(); }
enum {	/* interrupt stacks */
	IstFault = 1, IstNmi, IstDebug,
	ISTKSZ = PGSZ,
};
void descinit(Pccpu*, uchar *iststk);	/* descriptor tables, gs, system call registers; iststk: 3*ISTKSZ bytes */
void gdtload(void *gdtp);
extern uchar vectors[], trapret[], istret[], callret[], slowret[], syscallentry[];
void userret(Ureg*);
void userexit(Ureg*);
void trap(Ureg*);
int ucopybad(void);

/* paging: mmu.c kmap.c shoot.c */
typedef u64int Pte;
enum {
	PteP = 1<<0, PteW = 1<<1, PteU = 1<<2, PtePwt = 1<<3, PtePcd = 1<<4, PteA = 1<<5, PteD = 1<<6,
	PteBig = 1<<7,		/* in a directory */
	PtePat = 1<<7,		/* in a table */
	PteG = 1<<8,
};
#define PteNX (1UL<<63)
#define PteAddr 0x000ffffffffff000UL
#define BIGPG 0x200000UL
#define KVBASE 0xffffff0000000000UL	/* kernel stacks and devices: one slot of the top table */
enum { PTABKEPT = 10 };		/* tables an unused Mmu keeps */
typedef struct Ptab Ptab;
typedef struct Ptabmore Ptabmore;
struct Ptab {			/* one page of tables below the top */
	Pte *parent;		/* the entry that points at it */
	int leaf;
};
struct Mmu {
	Lock lk;
	u64int cr3;
	u64int cpus;		/* bit per processor that may have it loaded */
	Pte *top;
	Pte *lastpde;		/* directory entry of lastva, or nil */
	uintptr lastva;		/* in units of 2 MiB */
	int ntab;
	Ptab tab[PTABKEPT];	/* in the order they were made */
	Ptabmore *more;
	Mmu *next;
};
extern u64int kerncr3;
extern Pte *kerntop;
void kmapinit(void);		/* the kernel's own address space, with protection */
void kmaplate(void);		/* pages come from port/page.c from now on */
u64int ptpage(void);		/* a zeroed page for tables, or 0 */
int kmap(uintptr va, u64int pa, Pte bits);	/* in KVBASE's slot; -1: no memory */
int kvalid(uintptr va);		/* mapped in the kernel */
u64int kvpa(uintptr va);	/* physical address of a mapped kernel address */
void *kmapscreen(u64int pa, usize n);	/* write combining */
void *physmap(u64int pa, usize n);	/* cached view of a firmware table */
void tlbflush(Mmu*, uintptr va, uintptr end);	/* m nil: kernel addresses.  Any level */
void tlbleave(Mmu*);		/* no processor has it loaded after this */
int tlbnmi(void);		/* 1: the NMI was for this */
void pciinit(void);

/* interrupts: intr.c lapic.c ioapic.c */
void intrinit(void);
void intrdispatch(Ureg*);
int vecalloc(void);		/* a device vector, or -1 */
Intr *intrnew(int vec, char *name, void (*f)(Ureg*, void*), void *arg);
void lapicinit(void);		/* this processor's */
void intrsetoff(Intr*, void (*off)(void *arg, int n), void *arg, int n);	/* silences the device, for intrfree */
u32int lapicid(void);
void lapiceoi(void);
void lapicipi(u32int apicid, u32int cmd);
void lapicarm(u32int count);	/* one shot, in timer ticks; 0 stops */
void lapicdeadline(void);	/* interrupts come by Msrtscdeadline */
void lapicfree(void);		/* counts down from the top, without interrupts */
u32int lapiccount(void);
enum { IpiNmi = 4<<8, IpiInit = 5<<8, IpiStart = 6<<8, IpiAssert = 1<<14 };
void ioapicadd(u64int pa, u32int gsibase);
void ioapicisa(int irq, u32int gsi, int low, int level);	/* an override */
void ioapicpci(int irq);	/* a PCI pin's interrupt: level, low, unless MADT knows better */
int ioapicroute(int irq, int vec, u32int apicid);	/* ISA irq to vector, on; -1: there is no such pin */
void ioapicmask(int irq);
void picoff(void);

/* ACPI: acpi.c acpipm.c */
void acpiinit(void);
uchar *acpitable(char *sig, int n, u32int *len);	/* n'th table of that name, checked and mapped; nil */
void acpipower(void);		/* off; returns if that cannot be done */
void acpireset(void);
int pmtimerport(int *bits);	/* its I/O port, or 0 */
int acpicentury(void);		/* CMOS address of the century, or 0 */
u16int get16(uchar*);
u32int get32(uchar*);
u64int get64(uchar*);
void madtread(void);
enum { NAPIC = NCPU };
extern u32int apicids[NAPIC];	/* processors the firmware reports enabled, the first booted */
extern int napic;

/* time: clock.c refclk.c */
void clockinit(void);
void clockcpu(void);		/* on each further processor */
void usdelay(u32int us);
void clocklate(void);		/* when timers work */
void clockanswer(void);		/* processor 0, while another is in clocksync */
void clocksync(void);
typedef struct Refclk Refclk;
struct Refclk {
	char *name;
	u64int hz;
	u32int mask;		/* it counts up, modulo mask+1 */
	u32int (*read)(void);
};
void refclkopen(Refclk*);	/* there always is one */

/* the rest */
void fpinitcpu(void);
int fpfirst(void);		/* the current process has touched the FPU: 0, or -1 no memory */
char *fpcause(int vec);		/* of a floating-point trap */
void smpstart(void);
void stopothers(void);
void nmitrap(Ureg*);
noreturn_ void panicureg(Ureg*, char *fmt, ...);
noreturn_ void __stack_chk_fail(void);
extern uintptr __stack_chk_guard;
void machputsinit(void);
extern void (*screenputs)(char*, int);	/* nil, or shows text even in a panic */
void archinit(void);
