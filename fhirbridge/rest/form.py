"""Searches of one form: the same parameters, only their values are others.

A portal asks the same of every patient. What a form means is worked out once; of the next search
like it the values are read by the parameters found then, and rights are asked for anew.
"""

from collections.abc import Hashable
from typing import NamedTuple

from fhirbridge.auth.principal import Principal
from fhirbridge.rest.asked import Asked, bound_to, permitted
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.paging import PARAMETER
from fhirbridge.rest.query_string import Pairs, joined
from fhirbridge.rest.repeated import lasts
from fhirbridge.rest.server import Server
from fhirbridge.search.clauses import clause
from fhirbridge.search.query import Clause, Query

# Of longer searches few are alike.
MOST_PAIRS, LONGEST_VALUE = 20, 256


def form_key(type_: str, given: Pairs, request: FhirRequest, base_url: str) -> Hashable:
    """Return what all searches of a form have in common; None for one that is like no other.

    The names of the criteria, and whatever shapes the answer.
    """
    if len(given) > MOST_PAIRS:
        return None
    common: list[Hashable] = [type_, base_url]
    for pair in given:
        name, value = pair
        if not value or (len(value) > LONGEST_VALUE and name != PARAMETER):
            return None
        if not name.startswith("_"):
            if "," in value or "." in name:
                return None
            common.append(name)
        else:
            common.append(name if name == PARAMETER else pair)
    headers = request.headers
    return (*common, headers.get("accept"), headers.get("prefer"))


class Form(NamedTuple):
    """What a search was understood as, and which of its values are those of one caller only.

    `clauses` and `applied` name those by their places among the pairs given.
    """

    asked: Asked
    clauses: tuple[tuple[Clause, int | None], ...]
    applied: tuple[tuple[str, str] | int, ...]

    @classmethod
    def of(cls, asked: Asked, given: Pairs, server: Server) -> "Form | None":
        """Return the form of a search of one type, if all of its criteria stand alone."""
        query = asked.permitted[0].query
        known = server.parameters[query.type_]
        places = [at for at, (name, _) in enumerate(given) if name.partition(":")[0] in known]
        clauses = [one for one in query.clauses if isinstance(one, Clause)]
        if not len(places) == len(clauses) == len(query.clauses) or asked.includes.includes:
            return None
        theirs = [None if given[at][0].startswith("_") else at for at in places]
        varying = iter([at for at in theirs if at is not None])
        applied = (pair if pair[0].startswith("_") else next(varying) for pair in asked.applied)
        return cls(asked, tuple(zip(clauses, theirs, strict=True)), tuple(applied))

    def filled(self, given: Pairs, principal: Principal, server: Server) -> Asked:
        """Return what `given`, of this form, asks for `principal`.

        Raises what values, rights and page links raise.
        """
        like = self.asked
        clauses = [
            one if at is None else self._clause(one, given[at][1], server)
            for one, at in self.clauses
        ]
        applied = tuple([given[one] if isinstance(one, int) else one for one in self.applied])
        token = tuple([pair for pair in given if pair[0] == PARAMETER])
        bound = bound_to(principal, like.path, applied) if token else ()
        query = like.permitted[0].query
        query = Query(
            query.type_,
            tuple([one for one in clauses if one is not None]),
            query.sort,
            query.count,
            query.total,
            server.pages.open(token[0][1], bound) if token else None,
        )
        return Asked(
            principal,
            (permitted(query, principal, server),),
            like.includes,
            like.subset,
            like.base_url,
            like.path,
            applied,
            joined(applied),
            token,
            like.ignored,
            like.indent,
        )

    def _clause(self, like: Clause, text: str, server: Server) -> Clause | None:
        """Return what `text` says in the place of `like`, as it was read when last asked for."""
        parameter, modifier = like.parameter, like.modifier
        base_url, type_ = self.asked.base_url, self.asked.permitted[0].query.type_
        key = (base_url, type_, parameter.code, modifier, text)
        found: Clause | None = server.clauses.get(key)
        if found is None:
            found = clause(parameter, modifier, text, server.context(base_url))
            if found is not None and lasts(found):
                server.clauses.keep(key, found)
        return found
