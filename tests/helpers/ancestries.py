"""Ancestries as they are stored, and as the links between entries give them by the plainest walk."""


def read_ancestries(model):
    """Return the stored depth of each pair of slugs: an entry, and itself or one above it."""
    rows = model.ancestries().values_list("descendant__slug", "ancestor__slug", "depth")
    return {(descendant, ancestor): depth for descendant, ancestor, depth in rows}


def walk_links(model):
    """Return the same as `read_ancestries`, computed from the parents of each entry."""
    parents = {entry.slug: {parent.slug for parent in entry.parents.all()} for entry in model.objects.all()}
    depths = {}
    for slug in parents:
        level, depth = {slug}, 0
        while level:
            for ancestor in level:
                depths.setdefault((slug, ancestor), depth)
            level, depth = set().union(*(parents[ancestor] for ancestor in level)), depth + 1
    return depths


def is_acyclic(model):
    """Return whether no entry stands above itself."""
    parents = {entry.slug: {parent.slug for parent in entry.parents.all()} for entry in model.objects.all()}
    while roots := [slug for slug, above in parents.items() if not above & parents.keys()]:
        for slug in roots:
            del parents[slug]
    return not parents
