"""The series of the demo brand, each around one plant, and its editions of them."""

from dataclasses import dataclass

from domain.catalog.content import Bilingual
from sandbox.brand.shelves import DRY, OILY, SENSITIVE, UNSCENTED, VEGAN


@dataclass(frozen=True, slots=True)
class Series:
    """Products around one plant or place: their colour on pictures, their story, their tag."""

    code: str
    title: Bilingual
    hue: int
    tag: str
    story: Bilingual
    extract: Bilingual


SERIES = (
    Series("camellia", Bilingual("山茶", "Camellia"), 350, SENSITIVE,
           Bilingual("每年一月，我们在云南腾冲的清晨采下第一批红山茶。",
                     "Each January we pick the first red camellias of Tengchong at dawn."),
           Bilingual("山茶花籽油", "camellia seed oil")),
    Series("white-tea", Bilingual("白茶", "White Tea"), 75, OILY,
           Bilingual("福鼎白毫银针，不炒不揉，只用日光。",
                     "Silver needle from Fuding: neither fired nor rolled, only dried in the sun."),
           Bilingual("白茶多酚", "white tea polyphenols")),
    Series("green-plum", Bilingual("青梅", "Green Plum"), 100, OILY,
           Bilingual("初夏的青梅，带着雨水的酸与清。",
                     "Green plums of early summer, sharp and clear as rain."),
           Bilingual("青梅果酸", "plum fruit acids")),
    Series("glacier", Bilingual("冰川", "Glacier"), 205, SENSITIVE,
           Bilingual("来自海拔五千米的冰川融水，静置三十天。",
                     "Glacier water from five thousand metres, rested for thirty days."),
           Bilingual("冰川矿物水", "glacier mineral water")),
    Series("snow-lotus", Bilingual("雪莲", "Snow Lotus"), 230, DRY,
           Bilingual("人工培育的天山雪莲，不取一株野生。",
                     "Snow lotus from our own nursery; not one plant is taken from the mountain."),
           Bilingual("雪莲培养物", "snow lotus culture")),
    Series("bamboo", Bilingual("竹露", "Bamboo Dew"), 150, UNSCENTED,
           Bilingual("安吉竹林，雨后三小时内收集的竹露。",
                     "Dew from the bamboo of Anji, gathered within three hours of rain."),
           Bilingual("竹叶提取物", "bamboo leaf extract")),
    Series("osmanthus", Bilingual("桂花", "Osmanthus"), 42, DRY,
           Bilingual("满城桂花落下之前，杭州只给我们十天。",
                     "Hangzhou gives us ten days before the osmanthus falls."),
           Bilingual("金桂精油", "golden osmanthus oil")),
    Series("lotus", Bilingual("荷叶", "Lotus Leaf"), 170, VEGAN,
           Bilingual("微山湖的荷叶，采在开花之前。",
                     "Lotus leaves of Weishan Lake, picked before the flowers open."),
           Bilingual("荷叶碱", "lotus leaf extract")),
    Series("ginseng", Bilingual("人参", "Ginseng"), 18, DRY,
           Bilingual("长白山六年参，与时间一起入瓶。",
                     "Six-year ginseng from Changbai Mountain, bottled with its time."),
           Bilingual("人参皂苷", "ginsenosides")),
    Series("rice", Bilingual("米酵", "Fermented Rice"), 55, VEGAN,
           Bilingual("五常新米，低温发酵九十天。",
                     "New rice of Wuchang, fermented slowly for ninety days."),
           Bilingual("大米发酵滤液", "rice ferment filtrate")),
)  # fmt: skip

CITIES = (
    Bilingual("苏州", "Suzhou"), Bilingual("杭州", "Hangzhou"), Bilingual("扬州", "Yangzhou"),
    Bilingual("成都", "Chengdu"), Bilingual("大理", "Dali"), Bilingual("泉州", "Quanzhou"),
    Bilingual("西安", "Xi'an"), Bilingual("洛阳", "Luoyang"), Bilingual("敦煌", "Dunhuang"),
    Bilingual("厦门", "Xiamen"), Bilingual("青岛", "Qingdao"), Bilingual("桂林", "Guilin"),
    Bilingual("拉萨", "Lhasa"), Bilingual("长沙", "Changsha"), Bilingual("绍兴", "Shaoxing"),
    Bilingual("南京", "Nanjing"), Bilingual("武汉", "Wuhan"), Bilingual("丽江", "Lijiang"),
    Bilingual("景德镇", "Jingdezhen"), Bilingual("徽州", "Huizhou"),
)  # fmt: skip

THEMES = (
    Bilingual("听雨", "Listening Rain"), Bilingual("观云", "Watching Clouds"),
    Bilingual("踏雪", "First Snow"), Bilingual("晚风", "Evening Wind"),
    Bilingual("月色", "Moonlight"), Bilingual("晨雾", "Morning Mist"),
    Bilingual("花朝", "Flower Day"), Bilingual("清明", "Clear Bright"),
    Bilingual("谷雨", "Grain Rain"), Bilingual("小满", "Grain Buds"),
    Bilingual("夏至", "Solstice"), Bilingual("白露", "White Dew"),
    Bilingual("霜降", "First Frost"), Bilingual("长街", "Long Street"),
    Bilingual("渔火", "Fishing Lights"), Bilingual("归舟", "Homeward Boat"),
    Bilingual("竹影", "Bamboo Shadow"), Bilingual("松风", "Pine Wind"),
    Bilingual("灯会", "Lantern Night"), Bilingual("青瓦", "Grey Tiles"),
    Bilingual("石桥", "Stone Bridge"), Bilingual("远山", "Far Hills"),
    Bilingual("星河", "River of Stars"), Bilingual("春信", "Word of Spring"),
    Bilingual("秋声", "Autumn Sound"),
)  # fmt: skip
