import pytest

from chainercv_seg.datasets.image_key import cityscapes_image_key, image_key
from chainercv_seg.evaluations.groups import check_groups, first_part, read_groups
from chainercv_seg.utils.errors import DatasetError

IMAGES = ('x/a.png', 'x/b.png', 'x/ü.png')


@pytest.fixture
def read(tmp_path):
    def read(text, **arguments):
        path = tmp_path / 'groups.csv'
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_groups(path, IMAGES, key=image_key, **arguments)

    return read


@pytest.mark.parametrize(
    'text',
    [
        'name,place\na,1\nb,2\nü,1\n',
        'name,place\nb.png,2\na.jpg,1\nfolder/u\u0308.png,1\nother,7\n',
        'image,x,group\na,9,1\n\nb,9,2\nü,9,1',
        'a,1\nb,2\nü,1\n',
        '"image","group"\r\n"a"," 1"\r\n"b","2"\r\n"ü",1\r\n',
        'image,group\na,1\nb,2\nü,1\n'.encode('utf-16'),
        b'\xef\xbb\xbfimage,group\na,1\nb,2\n\xc3\xbc,1\n',
    ],
)
def test_a_table_gives_each_image_its_group(read, text):
    assert read(text) == ('1', '2', '1')


def test_another_column_can_be_named(read):
    text = 'name,group,patient\na,1,x\nb,1,y\nü,1,z\n'
    assert read(text, column='patient') == ('x', 'y', 'z')
    assert read(text) == ('1', '1', '1')


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', 'found nothing'),
        ('name\na\n', "found 'name'"),
        ('name,x,y\na,1,2\n', "expected one column 'group'"),
        ('name,group,group\na,1,2\n', 'expected one column'),
        ('name,g\na,1\n', r'no group of x/b\.png.* Of 3 images 2 have none'),
        ('name,g\na,1\nb,\nü,1\n', 'line 3: b has no group'),
        ('name,g\na,1\nb\nü,1\n', 'line 3: b has no group'),
        ('name,g\na,1\na.png,2\n', 'line 3: a.png is in two groups'),
        ('a,1\nb,2\na,2\n', 'line 3: a is in two groups'),
        ('a,1\nb,2\n', r'no group of x/ü\.png.* Of 3 images 1 have none'),
        (f'name,g\n"{"a" * 200_000}",1\n', 'cannot be read as CSV'),
        (b'name,g\na,1\n\xff\xfe,2\n', 'cannot be read as text'),
    ],
)
def test_a_table_that_does_not_give_it_is_one_error(read, text, said):
    with pytest.raises(DatasetError, match=said) as caught:
        read(text)
    assert 'groups.csv' in str(caught.value)


def test_a_column_that_there_is_not_is_one_error(read):
    with pytest.raises(DatasetError, match=r"column 'drive'.*'name', 'g'"):
        read('name,g\na,1\n', column='drive')


def test_a_missing_table_is_one_error(tmp_path):
    with pytest.raises(DatasetError, match=r'none\.csv'):
        read_groups(tmp_path / 'none.csv', IMAGES, key=image_key)


def test_cities_and_sequences_are_what_names_begin_with():
    name = 'leftImg8bit/val/munster/munster_000000_000019_leftImg8bit.png'
    assert first_part(cityscapes_image_key(name)) == 'munster'
    assert first_part(image_key('val/0016E5_00390.png')) == '0016E5'
    assert first_part(image_key('test/Seq05VD_f02760.png')) == 'Seq05VD'


@pytest.mark.parametrize('groups', [(), ('a',), ('a', 'a')])
def test_one_group_says_nothing_of_others(groups):
    with pytest.raises(DatasetError, match='two cities or more'):
        check_groups(groups, source='CamVid val', unit='cities')
    assert check_groups(('a', 'b'), source='x', unit='y') == ('a', 'b')
