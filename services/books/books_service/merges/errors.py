"""What can be wrong with a request for merges, or for what was merged."""

from __future__ import annotations

from servicekit.envelope import ApiError


class Merged(ApiError):
    """What is asked for is part of another now, which ``Location`` names (RFC 9110, section 15.4.9)."""

    code, status, message = "merged", 308, "It was merged into another, which Location names."


class AlreadyMerged(ApiError):
    """What is to be changed is part of another now; a change that was meant for the one must not hit the other."""

    code, status, message = "already_merged", 409, "It was merged into another; change that one."


class TooManyNames(ApiError):
    """The author would have more names than one may have."""

    code, status, message = "too_many_names", 409, "Together they have more names than an author may have."


class IsbnsDiffer(ApiError):
    """Both books have an ISBN. One names one edition, so these are two."""

    code, status, message = "isbns_differ", 409, "They have different ISBNs, so they are two editions."


class MergeNotFound(ApiError):
    """No merge has this id."""

    code, status, message = "merge_not_found", 404, "There is no such merge."


class MergeAlreadyUndone(ApiError):
    """The merge was undone before."""

    code, status, message = "merge_already_undone", 409, "The merge was undone before."


class MergeTargetGone(ApiError):
    """What it was merged into is deleted, or part of another itself."""

    code, status, message = "merge_target_gone", 409, "What it was merged into is deleted or merged itself; undo that."


class LaterMergeStands(ApiError):
    """A later merge builds on this one: it found in a book, or of a member, what this one had moved there."""

    code, status, message = "later_merge_stands", 409, "A later merge builds on this one; undo it first."


class MergedNameShown(ApiError):
    """The author bears a name of the one that would be an author again."""

    code, status, message = "merged_name_shown", 409, "The author bears a name of the other one now; give another name."


class MergedBooksChanged(ApiError):
    """Books that the merge changed do not name the author any more in that role, or have no room for one more."""

    code, status, message = "merged_books_changed", 409, "Books do not name the author any more as the merge left them."
