/* kinds.h: the movable servers, and what clients ask of each; needs gen.h */
typedef struct Kind Kind;
struct Kind {
	char *name;
	Srv *table;
	char *arg;
	Gen like;	/* what random clients begin with */
	int fixed;	/* bytes at the start of its state that are not to be damaged */
	int reorders;	/* two images of the same state may differ */
};
extern Kind kinds[];
extern int nkinds;
