# temporary files are in /tmp
s,/var/tmp,/tmp,
