"""The program of `make bench`: databases, contests, growth, and the page that is made of them."""
import json
from benchmarks.databases import *
from benchmarks.contest import *
d=Database("SQLite",0)
FOLDER.mkdir(parents=True,exist_ok=True)
d.prepare()
names=json.loads(d.run_python("-m","benchmarks.choices"))
print(names)
with open_contest(d,names) as c:
    for q in QUESTIONS:
        for t in run_contest(c,q,2,1):
            print(q,t.name,[round(s.rate,1) for s in t.slices],[round(s.cpu_per_request,3) for s in t.slices],t.failed)
