"""Pages of an answer that has several long parts: all of them go on together."""

from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import remove_query_param, replace_query_param

from kb.api.pagination import NumberedPagination


class AnswerPagination(NumberedPagination):
    """Numbered pages of an answer: each of its parts shows as many rows as a page holds, the next page those after."""

    page_query_description = "Which page of all long parts together, counted from 1; the first, unless asked."
    page_size_query_description = "How many rows of each part a page holds: 50 unless asked, 200 at most."

    def open_page(self, request):
        """Read from the request which page of the parts it is, and how many rows of each it holds."""
        self.validate_whole_number(request, self.page_query_param)
        self.validate_whole_number(request, self.page_size_query_param, self.max_page_size)
        self.request, self.size = request, self.get_page_size(request)
        self.number = int(request.query_params.get(self.page_query_param, 1))
        self.counts, self.longest = {}, 0  # Of all rows of the parts that are longer than a page.
        return self

    def take(self, name, rows, is_first=None):
        """Return the rows of a part that stand on this page; those that `is_first` names lead a part that is cut."""
        if len(rows) <= self.size:
            return list(rows) if self.number == 1 else []
        self.counts[name], self.longest = len(rows), max(self.longest, len(rows))
        ordered = rows if is_first is None else sorted(rows, key=lambda row: not is_first(row))
        return list(ordered[(self.number - 1) * self.size : self.number * self.size])

    def describe_pages(self):
        """Return which parts are cut, with how many rows they have in all, and the addresses of the pages around.

        Called once every part was taken; raises NotFound beyond the last page.
        """
        if self.number > 1 and self.longest <= (self.number - 1) * self.size:
            message = "no part has so many rows"
            raise NotFound(self.invalid_page_message.format(page_number=self.number, message=message))
        url, name = self.request.build_absolute_uri(), self.page_query_param
        has_next, previous = self.longest > self.number * self.size, self.number - 1
        earlier = replace_query_param(url, name, previous) if previous > 1 else remove_query_param(url, name)
        return {
            "next": replace_query_param(url, name, self.number + 1) if has_next else None,
            "previous": earlier if previous else None,
            "counts": self.counts,
        }
