"""How lists are cut into pages."""

from rest_framework.pagination import PageNumberPagination


class Pagination(PageNumberPagination):
    """`?page=` and `?page_size=`. The views check both, so a bad value is reported and not ignored."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
